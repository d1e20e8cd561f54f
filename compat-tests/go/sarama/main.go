// Command sarama serves the operations with IBM's sarama.
package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"odradek/compat/agent"
)

var client = agent.Client{Code: code, Producer: newProducer, Consumer: newConsumer, Admin: newAdmin}

func main() { agent.Main(client) }

func code(err error) int {
	var k sarama.KError
	var topic *sarama.TopicError
	switch {
	case errors.As(err, &topic):
		return int(topic.Err)
	case errors.As(err, &k):
		return int(k)
	}
	return 0
}

func config(o agent.Options) *sarama.Config {
	c := sarama.NewConfig()
	c.Version = sarama.V4_0_0_0
	c.ClientID = o.ClientID
	c.Metadata.AllowAutoTopicCreation = false
	if o.MetadataMaxAge > 0 {
		c.Metadata.RefreshFrequency = agent.Millis(o.MetadataMaxAge)
	}
	return c
}

func brokers(o agent.Options) []string { return strings.Split(o.Bootstrap, ",") }

type producer struct{ async sarama.AsyncProducer }

var partitioners = map[string]sarama.PartitionerConstructor{"murmur2": sarama.NewMurmur2Partitioner,
	"crc32": sarama.NewConsistentCRCHashPartitioner, "": sarama.NewManualPartitioner}

var codecs = map[string]sarama.CompressionCodec{"gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
	"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD}

func newProducer(o agent.Options) (agent.Producer, error) {
	c := config(o)
	c.Producer.Partitioner = partitioners[o.Partitioner]
	c.Producer.Compression = codecs[o.Compression]
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Producer.MaxMessageBytes = 10_000_000
	c.Producer.Return.Successes = true
	c.Producer.Retry.Max = 20
	if o.Idempotent != nil {
		c.Producer.Idempotent = *o.Idempotent
	}
	if o.MaxInFlight > 0 {
		c.Net.MaxOpenRequests = o.MaxInFlight
	}
	if c.Producer.Idempotent {
		c.Net.MaxOpenRequests = 1 // sarama allows no more
	}
	p, err := sarama.NewAsyncProducer(brokers(o), c)
	return &producer{p}, err
}

func (p *producer) Send(rows []agent.Row) []agent.Result {
	results := make([]agent.Result, len(rows))
	go func() {
		for i, row := range rows {
			m := &sarama.ProducerMessage{Topic: row.Topic, Timestamp: row.Time(), Metadata: i}
			if row.Key != nil {
				m.Key = sarama.ByteEncoder(row.Key)
			}
			if value := row.Payload(); value != nil {
				m.Value = sarama.ByteEncoder(value)
			}
			if row.Partition != nil {
				m.Partition = *row.Partition
			}
			for _, h := range row.Headers {
				m.Headers = append(m.Headers, sarama.RecordHeader{Key: []byte(h.Name), Value: h.Value})
			}
			p.async.Input() <- m
		}
	}()
	for range rows {
		select {
		case m := <-p.async.Successes():
			results[m.Metadata.(int)] = agent.Placed(m.Partition, m.Offset)
		case failed := <-p.async.Errors():
			results[failed.Msg.Metadata.(int)] = client.Failed(failed.Err)
		}
	}
	return results
}

func (p *producer) Close() { p.async.Close() }

func consumerConfig(o agent.Options) *sarama.Config {
	c := config(o)
	c.Consumer.Return.Errors = true
	c.Consumer.Offsets.AutoCommit.Enable = false
	c.Consumer.Offsets.Initial = sarama.OffsetNewest
	if o.Reset == "earliest" {
		c.Consumer.Offsets.Initial = sarama.OffsetOldest
	}
	if o.FetchMaxWaitMs > 0 {
		c.Consumer.MaxWaitTime = agent.Millis(o.FetchMaxWaitMs)
	}
	if o.FetchMinBytes > 0 {
		c.Consumer.Fetch.Min = o.FetchMinBytes
	}
	if o.PartitionMaxMax > 0 {
		c.Consumer.Fetch.Default = o.PartitionMaxMax
	}
	group := &c.Consumer.Group
	group.InstanceId = o.InstanceID
	group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyRange()}
	if o.Assignor == "cooperative" {
		group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyCooperativeSticky()}
	}
	if o.SessionMs > 0 {
		group.Session.Timeout = agent.Millis(o.SessionMs)
	}
	if o.HeartbeatMs > 0 {
		group.Heartbeat.Interval = agent.Millis(o.HeartbeatMs)
	}
	return c
}

// consumer is a group member, or reads chosen partitions.
type consumer struct {
	sink     *agent.Sink
	group    sarama.ConsumerGroup
	plain    sarama.Consumer
	parts    []sarama.PartitionConsumer
	stop     context.CancelFunc
	finished sync.WaitGroup
	mu       sync.Mutex
	session  sarama.ConsumerGroupSession
}

func newConsumer(o agent.Options, sink *agent.Sink) (agent.Consumer, error) {
	c, err := &consumer{sink: sink}, error(nil)
	if o.Group == "" {
		return c, c.read(o)
	}
	if c.group, err = sarama.NewConsumerGroup(brokers(o), o.Group, consumerConfig(o)); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	c.start(func() {
		for ctx.Err() == nil {
			if err := c.group.Consume(ctx, o.Topics, c); err != nil && ctx.Err() == nil {
				sink.Failed(err)
				time.Sleep(50 * time.Millisecond) // Consume gives up at once on some errors
			}
		}
	})
	c.start(func() {
		for err := range c.group.Errors() {
			sink.Failed(err)
		}
	})
	return c, nil
}

func (c *consumer) start(work func()) {
	c.finished.Add(1)
	go func() {
		defer c.finished.Done()
		work()
	}()
}

func (c *consumer) read(o agent.Options) (err error) {
	if c.plain, err = sarama.NewConsumer(brokers(o), consumerConfig(o)); err != nil {
		return err
	}
	for _, a := range o.Assign {
		err := c.readPartition(a.Topic, a.Partition, a.At(sarama.OffsetOldest, sarama.OffsetNewest), o.Reset)
		if err != nil {
			return err
		}
	}
	return nil
}

// readPartition reads until closed. Sarama ends a partition whose offset is out of range: where to go on is up to us.
func (c *consumer) readPartition(topic string, partition int32, offset int64, reset string) error {
	part, err := c.plain.ConsumePartition(topic, partition, offset)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.parts = append(c.parts, part)
	c.mu.Unlock()
	c.start(func() {
		for m := range part.Messages() {
			c.took(m)
		}
	})
	c.start(func() {
		for err := range part.Errors() {
			c.sink.Failed(err)
			if errors.Is(err, sarama.ErrOffsetOutOfRange) && reset == "earliest" {
				part.AsyncClose()
				defer c.readPartition(topic, partition, sarama.OffsetOldest, reset)
			}
		}
	})
	return nil
}

func (c *consumer) took(m *sarama.ConsumerMessage) {
	row := agent.Record{Topic: m.Topic, Partition: m.Partition, Offset: m.Offset, Key: m.Key, Value: m.Value,
		Timestamp: m.Timestamp.UnixMilli()}
	for _, h := range m.Headers {
		row.Headers = append(row.Headers, agent.Header{Name: string(h.Key), Value: h.Value})
	}
	c.sink.Took(row)
}

func (c *consumer) Setup(session sarama.ConsumerGroupSession) error {
	c.mu.Lock()
	c.session = session
	c.mu.Unlock()
	return nil
}

func (c *consumer) Cleanup(sarama.ConsumerGroupSession) error { return nil }

// ConsumeClaim runs for as long as the member owns the partition, with the eager and the cooperative protocol.
func (c *consumer) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	mine := map[string][]int32{claim.Topic(): {claim.Partition()}}
	c.sink.Assigned(mine)
	defer c.sink.Revoked(mine)
	for {
		select {
		case m, ok := <-claim.Messages():
			if !ok {
				return nil
			}
			c.took(m)
		case <-session.Context().Done():
			return nil
		}
	}
}

func (c *consumer) Commit(offsets []agent.Place) error {
	c.mu.Lock()
	session := c.session
	c.mu.Unlock()
	if session == nil || session.Context().Err() != nil {
		return errors.New("no session at the moment")
	}
	for _, o := range offsets {
		note := ""
		if o.Metadata != nil {
			note = *o.Metadata
		}
		session.MarkOffset(o.Topic, o.Partition, o.At(0, 0), note)
	}
	session.Commit()
	return nil
}

func places(rows []agent.Place) map[string][]int32 {
	out := map[string][]int32{}
	for _, r := range rows {
		out[r.Topic] = append(out[r.Topic], r.Partition)
	}
	return out
}

func (c *consumer) Pause(rows []agent.Place) error {
	c.plain.Pause(places(rows))
	return nil
}

func (c *consumer) Resume(rows []agent.Place) error {
	c.plain.Resume(places(rows))
	return nil
}

func (c *consumer) Close(bool) {
	if c.group != nil {
		c.stop()
		c.group.Close()
	}
	c.mu.Lock()
	for _, part := range c.parts {
		part.AsyncClose()
	}
	c.mu.Unlock()
	c.finished.Wait()
	if c.plain != nil {
		c.plain.Close()
	}
}

type admin struct {
	sarama.ClusterAdmin
	client sarama.Client
}

func newAdmin(bootstrap string) (agent.Admin, error) {
	o := agent.Options{Bootstrap: bootstrap, ClientID: "admin"}
	c, err := sarama.NewClient(brokers(o), config(o))
	if err != nil {
		return nil, err
	}
	a, err := sarama.NewClusterAdminFromClient(c)
	return &admin{a, c}, err
}

func (a *admin) Close() { a.ClusterAdmin.Close() }

func (a *admin) CreateTopic(topic string, partitions int32, replicas int16, configs map[string]string) error {
	values := map[string]*string{}
	for k, v := range configs {
		values[k] = &v
	}
	detail := sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: replicas, ConfigEntries: values}
	return a.ClusterAdmin.CreateTopic(topic, &detail, false)
}

func (a *admin) AddPartitions(topic string, total int) error {
	return a.ClusterAdmin.CreatePartitions(topic, int32(total), nil, false)
}

func (a *admin) DescribeTopic(topic string) (partitions []int32, err error) {
	found, err := a.ClusterAdmin.DescribeTopics([]string{topic})
	if err != nil {
		return nil, err
	}
	for _, p := range found[0].Partitions {
		partitions = append(partitions, p.ID)
	}
	if found[0].Err != sarama.ErrNoError {
		return nil, found[0].Err
	}
	return partitions, nil
}

func (a *admin) TopicConfig(topic, name string) (string, error) {
	found, err := a.ClusterAdmin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: topic})
	if err != nil {
		return "", err
	}
	for _, c := range found {
		if c.Name == name {
			return c.Value, nil
		}
	}
	return "", errors.New("no such setting")
}

func (a *admin) DeleteRecords(topic string, partition int32, offset int64) error {
	return a.ClusterAdmin.DeleteRecords(topic, map[int32]int64{partition: offset})
}

func (a *admin) Offset(topic string, partition int32, at agent.Place) (int64, error) {
	return a.client.GetOffset(topic, partition, at.At(sarama.OffsetOldest, sarama.OffsetNewest))
}

func (a *admin) Committed(group, topic string, partition int32) (int64, string, error) {
	found, err := a.ClusterAdmin.ListConsumerGroupOffsets(group, map[string][]int32{topic: {partition}})
	if err != nil {
		return -1, "", err
	}
	block := found.GetBlock(topic, partition)
	if block.Err != sarama.ErrNoError {
		return -1, "", block.Err
	}
	return block.Offset, block.Metadata, nil
}
