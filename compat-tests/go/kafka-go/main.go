// Command kafka-go serves the operations with segmentio's kafka-go.
package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"odradek/compat/agent"
)

var client = agent.Client{Code: code, Producer: newProducer, Consumer: newConsumer, Admin: newAdmin}

func main() { agent.Main(client) }

func code(err error) int {
	var k kafka.Error
	if errors.As(err, &k) {
		return int(k)
	}
	var many kafka.WriteErrors
	if errors.As(err, &many) {
		for _, one := range many {
			if one != nil {
				return code(one)
			}
		}
	}
	return 0
}

var ctx = context.Background()

func brokers(o agent.Options) []string { return strings.Split(o.Bootstrap, ",") }

type producer struct {
	writer *kafka.Writer
	mu     sync.Mutex
	placed map[int]agent.Result
}

// marked is what a message carries through the writer.
type marked struct {
	index     int
	partition *int32
}

func chosen(m kafka.Message, _ ...int) int { return int(*m.WriterData.(marked).partition) }

var balancers = map[string]kafka.Balancer{"": kafka.BalancerFunc(chosen), "murmur2": kafka.Murmur2Balancer{},
	"crc32": kafka.CRC32Balancer{}}

var codecs = map[string]kafka.Compression{
	"gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd,
}

func newProducer(o agent.Options) (agent.Producer, error) {
	transport := &kafka.Transport{ClientID: o.ClientID}
	if o.MetadataMaxAge > 0 {
		transport.MetadataTTL = agent.Millis(o.MetadataMaxAge)
	}
	p := &producer{placed: map[int]agent.Result{}}
	p.writer = &kafka.Writer{Addr: kafka.TCP(brokers(o)...), Balancer: balancers[o.Partitioner],
		BatchTimeout: time.Millisecond, RequiredAcks: kafka.RequireAll, Compression: codecs[o.Compression],
		Transport: transport, BatchBytes: 10_000_000, Completion: p.completed}
	return p, nil
}

func (p *producer) completed(messages []kafka.Message, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range messages {
		if err == nil {
			p.placed[m.WriterData.(marked).index] = agent.Placed(int32(m.Partition), m.Offset)
		}
	}
}

func (p *producer) Send(rows []agent.Row) []agent.Result {
	p.placed = map[int]agent.Result{}
	messages := make([]kafka.Message, len(rows))
	for i, row := range rows {
		m := kafka.Message{Topic: row.Topic, Key: row.Key, Value: row.Payload(), Time: row.Time(),
			WriterData: marked{i, row.Partition}}
		for _, h := range row.Headers {
			m.Headers = append(m.Headers, kafka.Header{Key: h.Name, Value: h.Value})
		}
		messages[i] = m
	}
	err := p.writer.WriteMessages(ctx, messages...)
	var each kafka.WriteErrors
	errors.As(err, &each)
	p.mu.Lock()
	defer p.mu.Unlock()
	results := make([]agent.Result, len(rows))
	for i := range rows {
		switch {
		case each != nil && each[i] != nil:
			results[i] = client.Failed(each[i])
		case p.placed[i] != nil:
			results[i] = p.placed[i]
		default:
			results[i] = client.Failed(err)
		}
	}
	return results
}

func (p *producer) Close() { p.writer.Close() }

// consumer is a group member (one reader per assigned partition in each generation), or reads chosen partitions.
type consumer struct {
	options  agent.Options
	sink     *agent.Sink
	group    *kafka.ConsumerGroup
	stop     context.CancelFunc
	finished sync.WaitGroup
	mu       sync.Mutex
	current  *kafka.Generation
}

func newConsumer(o agent.Options, sink *agent.Sink) (agent.Consumer, error) {
	ctx, stop := context.WithCancel(ctx)
	c := &consumer{options: o, sink: sink, stop: stop}
	if o.Group == "" {
		for _, a := range o.Assign {
			c.finished.Add(1)
			go c.read(ctx, a.Topic, a.Partition, a.At(kafka.FirstOffset, kafka.LastOffset))
		}
		return c, nil
	}
	dialer := &kafka.Dialer{ClientID: o.ClientID, Timeout: 10 * time.Second}
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: o.Group, Brokers: brokers(o), Topics: o.Topics, Dialer: dialer,
		StartOffset: c.reset(), HeartbeatInterval: agent.Millis(o.HeartbeatMs), SessionTimeout: agent.Millis(o.SessionMs),
		GroupBalancers: []kafka.GroupBalancer{kafka.RangeGroupBalancer{}}, JoinGroupBackoff: 200 * time.Millisecond})
	if err != nil {
		return nil, err
	}
	c.group = group
	c.finished.Add(1)
	go c.generations(ctx)
	return c, nil
}

func (c *consumer) reset() int64 {
	if c.options.Reset == "earliest" {
		return kafka.FirstOffset
	}
	return kafka.LastOffset
}

func (c *consumer) generations(ctx context.Context) {
	defer c.finished.Done()
	for {
		generation, err := c.group.Next(ctx)
		if ctx.Err() != nil || errors.Is(err, kafka.ErrGroupClosed) {
			return
		}
		if err != nil {
			c.sink.Failed(err)
			continue
		}
		c.mu.Lock()
		c.current = generation
		c.mu.Unlock()
		claims := map[string][]int32{}
		for topic, partitions := range generation.Assignments {
			for _, p := range partitions {
				claims[topic] = append(claims[topic], int32(p.ID))
			}
		}
		c.sink.Assigned(claims)
		generation.Start(func(ctx context.Context) { // the generation ends only after this has returned
			<-ctx.Done()
			c.sink.Revoked(claims)
		})
		for topic, partitions := range generation.Assignments {
			for _, p := range partitions {
				c.finished.Add(1)
				generation.Start(func(ctx context.Context) { c.read(ctx, topic, int32(p.ID), p.Offset) })
			}
		}
	}
}

func (c *consumer) read(ctx context.Context, topic string, partition int32, offset int64) {
	defer c.finished.Done()
	config := kafka.ReaderConfig{Brokers: brokers(c.options), Topic: topic, Partition: int(partition),
		Dialer:  &kafka.Dialer{ClientID: c.options.ClientID, Timeout: 10 * time.Second},
		MaxWait: 200 * time.Millisecond, ReadBackoffMin: 10 * time.Millisecond, MinBytes: 1,
		MaxBytes: 10_000_000, OffsetOutOfRangeError: true}
	if c.options.FetchMaxWaitMs > 0 {
		config.MaxWait = agent.Millis(c.options.FetchMaxWaitMs)
	}
	if c.options.PartitionMaxMax > 0 {
		config.MaxBytes = int(c.options.PartitionMaxMax)
	}
	reader := kafka.NewReader(config)
	defer reader.Close()
	if err := reader.SetOffset(offset); err != nil {
		c.sink.Failed(err)
		return
	}
	for {
		m, err := reader.ReadMessage(ctx)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, kafka.OffsetOutOfRange) { // where to go on is up to the reader's user
			err = reader.SetOffset(c.reset())
		}
		if err != nil {
			c.sink.Failed(err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		if m.Topic == "" { // nothing was read, the reader was only moved
			continue
		}
		row := agent.Record{Topic: m.Topic, Partition: int32(m.Partition), Offset: m.Offset, Key: m.Key, Value: m.Value,
			Timestamp: m.Time.UnixMilli()}
		for _, h := range m.Headers {
			row.Headers = append(row.Headers, agent.Header{Name: h.Key, Value: h.Value})
		}
		c.sink.Took(row)
	}
}

func (c *consumer) Commit(offsets []agent.Place) error {
	c.mu.Lock()
	generation := c.current
	c.mu.Unlock()
	if generation == nil {
		return errors.New("no generation at the moment")
	}
	rows := map[string]map[int]int64{}
	for _, o := range offsets {
		if rows[o.Topic] == nil {
			rows[o.Topic] = map[int]int64{}
		}
		rows[o.Topic][int(o.Partition)] = o.At(0, 0)
	}
	return generation.CommitOffsets(rows)
}

func (c *consumer) Pause([]agent.Place) error  { return errors.ErrUnsupported }
func (c *consumer) Resume([]agent.Place) error { return errors.ErrUnsupported }

func (c *consumer) Close(bool) {
	if c.group != nil {
		c.group.Close()
	}
	c.stop()
	c.finished.Wait()
}

type admin struct{ client *kafka.Client }

func newAdmin(bootstrap string) (agent.Admin, error) {
	addr := kafka.TCP(strings.Split(bootstrap, ",")...)
	transport := &kafka.Transport{ClientID: "admin"}
	return &admin{&kafka.Client{Addr: addr, Timeout: 20 * time.Second, Transport: transport}}, nil
}

func (a *admin) Close() { a.client.Transport.(*kafka.Transport).CloseIdleConnections() }

func (a *admin) CreateTopic(topic string, partitions int32, replicas int16, configs map[string]string) error {
	row := kafka.TopicConfig{Topic: topic, NumPartitions: int(partitions), ReplicationFactor: int(replicas)}
	for k, v := range configs {
		row.ConfigEntries = append(row.ConfigEntries, kafka.ConfigEntry{ConfigName: k, ConfigValue: v})
	}
	done, err := a.client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{row}})
	if err != nil {
		return err
	}
	return done.Errors[topic]
}

func (a *admin) DeleteTopic(topic string) error {
	done, err := a.client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{topic}})
	if err != nil {
		return err
	}
	return done.Errors[topic]
}

func (a *admin) AddPartitions(topic string, total int) error {
	row := kafka.TopicPartitionsConfig{Name: topic, Count: int32(total)}
	done, err := a.client.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{row}})
	if err != nil {
		return err
	}
	return done.Errors[topic]
}

func (a *admin) DescribeTopic(topic string) (partitions []int32, err error) {
	found, err := a.client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return nil, err
	}
	for _, p := range found.Topics[0].Partitions {
		partitions = append(partitions, int32(p.ID))
	}
	return partitions, found.Topics[0].Error
}

func (a *admin) TopicConfig(topic, name string) (string, error) {
	rows := []kafka.DescribeConfigRequestResource{
		{ResourceType: kafka.ResourceTypeTopic, ResourceName: topic, ConfigNames: []string{name}},
	}
	found, err := a.client.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{Resources: rows})
	if err != nil {
		return "", err
	}
	if err := found.Resources[0].Error; err != nil {
		return "", err
	}
	return found.Resources[0].ConfigEntries[0].ConfigValue, nil
}

func (a *admin) DeleteRecords(string, int32, int64) error { return errors.ErrUnsupported }

func (a *admin) Offset(topic string, partition int32, at agent.Place) (int64, error) {
	when := at.At(kafka.FirstOffset, kafka.LastOffset)
	rows := map[string][]kafka.OffsetRequest{topic: {{Partition: int(partition), Timestamp: when}}}
	found, err := a.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: rows})
	if err != nil {
		return -1, err
	}
	one := found.Topics[topic][0]
	switch when {
	case kafka.FirstOffset:
		return one.FirstOffset, one.Error
	case kafka.LastOffset:
		return one.LastOffset, one.Error
	}
	for offset := range one.Offsets {
		return offset, one.Error
	}
	return -1, one.Error
}

func (a *admin) Committed(group, topic string, partition int32) (int64, string, error) {
	topics := map[string][]int{topic: {int(partition)}}
	found, err := a.client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: topics})
	if err != nil {
		return -1, "", err
	}
	one := found.Topics[topic][0]
	return one.CommittedOffset, one.Metadata, errors.Join(found.Error, one.Error)
}
