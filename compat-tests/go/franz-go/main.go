// Command franz-go serves the operations with franz-go's kgo and kadm.
package main

import (
	"context"
	"errors"
	"hash/crc32"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"odradek/compat/agent"
)

var client = agent.Client{Code: code, Producer: newProducer, Consumer: newConsumer, Admin: newAdmin}

func main() { agent.Main(client) }

func code(err error) int {
	var k *kerr.Error
	if errors.As(err, &k) {
		return int(k.Code)
	}
	return 0
}

func common(o agent.Options) []kgo.Opt {
	opts := []kgo.Opt{kgo.SeedBrokers(strings.Split(o.Bootstrap, ",")...), kgo.ClientID(o.ClientID),
		kgo.MetadataMinAge(250 * time.Millisecond)}
	if o.MetadataMaxAge > 0 {
		opts = append(opts, kgo.MetadataMaxAge(agent.Millis(o.MetadataMaxAge)))
	}
	return opts
}

type producer struct{ client *kgo.Client }

func crcHasher(key []byte, n int) int { return int(crc32.ChecksumIEEE(key) % uint32(n)) }

var codecs = map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}

func newProducer(o agent.Options) (agent.Producer, error) {
	opts := common(o)
	switch o.Partitioner {
	case "murmur2":
		opts = append(opts, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	case "crc32":
		opts = append(opts, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(crcHasher)))
	default:
		opts = append(opts, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	}
	if o.LingerMs != nil {
		opts = append(opts, kgo.ProducerLinger(agent.Millis(*o.LingerMs)))
	}
	if codec, ok := codecs[o.Compression]; ok {
		opts = append(opts, kgo.ProducerBatchCompression(codec))
	}
	c, err := kgo.NewClient(opts...)
	return &producer{c}, err
}

func (p *producer) Send(rows []agent.Row) []agent.Result {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	results, recreated := make([]agent.Result, len(rows)), make([]bool, len(rows))
	var wait sync.WaitGroup
	for i, row := range rows {
		r := &kgo.Record{Topic: row.Topic, Key: row.Key, Value: row.Payload(), Timestamp: row.Time()}
		if row.Partition != nil {
			r.Partition = *row.Partition
		}
		for _, h := range row.Headers {
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: h.Name, Value: h.Value})
		}
		wait.Add(1)
		p.client.Produce(ctx, r, func(r *kgo.Record, err error) {
			defer wait.Done()
			if results[i] = agent.Placed(r.Partition, r.Offset); err != nil {
				results[i] = client.Failed(err)
			}
			recreated[i] = errors.Is(err, kerr.UnknownTopicID)
		})
	}
	wait.Wait()
	for i, row := range rows { // what kgo asks its users to do when a topic was deleted and made again
		if recreated[i] {
			p.client.PurgeTopicsFromProducing(row.Topic)
		}
	}
	return results
}

func (p *producer) Close() { p.client.Close() }

type consumer struct {
	client *kgo.Client
	assign map[string]map[int32]kgo.Offset
	done   chan struct{}
}

var resets = map[string]kgo.Offset{"earliest": kgo.NewOffset().AtStart(), "latest": kgo.NewOffset().AtEnd(),
	"none": kgo.NewOffset().AtCommitted()}

func newConsumer(o agent.Options, sink *agent.Sink) (agent.Consumer, error) {
	opts := append(common(o), kgo.ConsumeResetOffset(resets[o.Reset]))
	add := func(opt kgo.Opt, wanted bool) {
		if wanted {
			opts = append(opts, opt)
		}
	}
	add(kgo.FetchMaxWait(agent.Millis(o.FetchMaxWaitMs)), o.FetchMaxWaitMs > 0)
	add(kgo.FetchMinBytes(o.FetchMinBytes), o.FetchMinBytes > 0)
	add(kgo.FetchMaxBytes(o.FetchMaxBytes), o.FetchMaxBytes > 0)
	add(kgo.FetchMaxPartitionBytes(o.PartitionMaxMax), o.PartitionMaxMax > 0)
	assign := map[string]map[int32]kgo.Offset{}
	if o.Group != "" {
		opts = append(opts, groupOptions(o, sink)...)
	} else {
		for _, p := range o.Assign {
			if assign[p.Topic] == nil {
				assign[p.Topic] = map[int32]kgo.Offset{}
			}
			assign[p.Topic][p.Partition] = kgo.NewOffset().At(p.At(-2, -1))
		}
		opts = append(opts, kgo.ConsumePartitions(maps.Clone(assign))) // kgo works on what it is given
	}
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, err
	}
	c := &consumer{cl, assign, make(chan struct{})}
	go c.poll(sink)
	return c, nil
}

func groupOptions(o agent.Options, sink *agent.Sink) []kgo.Opt {
	assigned := func(_ context.Context, _ *kgo.Client, m map[string][]int32) { sink.Assigned(m) }
	revoked := func(_ context.Context, _ *kgo.Client, m map[string][]int32) { sink.Revoked(m) }
	opts := []kgo.Opt{kgo.ConsumerGroup(o.Group), kgo.ConsumeTopics(o.Topics...), kgo.DisableAutoCommit(),
		kgo.OnPartitionsAssigned(assigned), kgo.OnPartitionsRevoked(revoked), kgo.OnPartitionsLost(revoked)}
	if o.Assignor == "cooperative" {
		opts = append(opts, kgo.Balancers(kgo.CooperativeStickyBalancer()))
	} else {
		opts = append(opts, kgo.Balancers(kgo.RangeBalancer()))
	}
	if o.InstanceID != "" {
		opts = append(opts, kgo.InstanceID(o.InstanceID))
	}
	if o.SessionMs > 0 {
		opts = append(opts, kgo.SessionTimeout(agent.Millis(o.SessionMs)))
	}
	if o.HeartbeatMs > 0 {
		opts = append(opts, kgo.HeartbeatInterval(agent.Millis(o.HeartbeatMs)))
	}
	return opts
}

func (c *consumer) poll(sink *agent.Sink) {
	defer close(c.done)
	for {
		fetches := c.client.PollFetches(context.Background())
		if fetches.IsClientClosed() {
			return
		}
		gone := map[string]bool{}
		fetches.EachError(func(topic string, _ int32, err error) {
			sink.Failed(err)
			gone[topic] = errors.Is(err, kerr.UnknownTopicID)
		})
		for topic, wasDeleted := range gone {
			if partitions := c.assign[topic]; wasDeleted && partitions != nil {
				// what kgo asks its users to do when a topic was deleted and made again
				c.client.PurgeTopicsFromClient(topic)
				c.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: partitions})
			}
		}
		fetches.EachRecord(func(r *kgo.Record) {
			row := agent.Record{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value,
				Timestamp: r.Timestamp.UnixMilli()}
			for _, h := range r.Headers {
				row.Headers = append(row.Headers, agent.Header{Name: h.Key, Value: h.Value})
			}
			sink.Took(row)
		})
	}
}

func (c *consumer) Commit(offsets []agent.Place) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	rows, notes := map[string]map[int32]kgo.EpochOffset{}, map[string]*string{}
	for _, o := range offsets {
		if rows[o.Topic] == nil {
			rows[o.Topic] = map[int32]kgo.EpochOffset{}
		}
		rows[o.Topic][o.Partition] = kgo.EpochOffset{Epoch: -1, Offset: o.At(0, 0)}
		notes[o.Topic] = o.Metadata
	}
	ctx = kgo.PreCommitFnContext(ctx, func(r *kmsg.OffsetCommitRequest) error {
		for i := range r.Topics {
			for j := range r.Topics[i].Partitions {
				r.Topics[i].Partitions[j].Metadata = notes[r.Topics[i].Topic]
			}
		}
		return nil
	})
	var failed error
	type request = kmsg.OffsetCommitRequest
	type response = kmsg.OffsetCommitResponse
	c.client.CommitOffsetsSync(ctx, rows, func(_ *kgo.Client, _ *request, r *response, err error) {
		if failed = err; err != nil {
			return
		}
		for _, t := range r.Topics {
			for _, p := range t.Partitions {
				failed = errors.Join(failed, kerr.ErrorForCode(p.ErrorCode))
			}
		}
	})
	return failed
}

func places(rows []agent.Place) map[string][]int32 {
	out := map[string][]int32{}
	for _, r := range rows {
		out[r.Topic] = append(out[r.Topic], r.Partition)
	}
	return out
}

func (c *consumer) Pause(rows []agent.Place) error {
	c.client.PauseFetchPartitions(places(rows))
	return nil
}

func (c *consumer) Resume(rows []agent.Place) error {
	c.client.ResumeFetchPartitions(places(rows))
	return nil
}

func (c *consumer) Close(bool) {
	c.client.Close()
	<-c.done
}

type admin struct{ client *kadm.Client }

func newAdmin(bootstrap string) (agent.Admin, error) {
	c, err := kgo.NewClient(common(agent.Options{Bootstrap: bootstrap, ClientID: "admin"})...)
	return &admin{kadm.NewClient(c)}, err
}

var ctx = context.Background()

func (a *admin) Close() { a.client.Close() }

func (a *admin) CreateTopic(topic string, partitions int32, replicas int16, configs map[string]string) error {
	values := map[string]*string{}
	for k, v := range configs {
		values[k] = kadm.StringPtr(v)
	}
	_, err := a.client.CreateTopic(ctx, partitions, replicas, values, topic)
	return err
}

func (a *admin) DeleteTopic(topic string) error {
	_, err := a.client.DeleteTopic(ctx, topic)
	return err
}

func (a *admin) AddPartitions(topic string, total int) error {
	done, err := a.client.UpdatePartitions(ctx, total, topic)
	return errors.Join(err, done.Error())
}

func (a *admin) DescribeTopic(topic string) ([]int32, error) {
	found, err := a.client.ListTopics(ctx, topic)
	if err != nil {
		return nil, err
	}
	return found[topic].Partitions.Numbers(), found[topic].Err
}

func (a *admin) TopicConfig(topic, name string) (string, error) {
	found, err := a.client.DescribeTopicConfigs(ctx, topic)
	if err != nil {
		return "", err
	}
	for _, c := range found[0].Configs {
		if c.Key == name {
			return c.MaybeValue(), nil
		}
	}
	return "", errors.New("no such setting")
}

func (a *admin) DeleteRecords(topic string, partition int32, offset int64) error {
	var offsets kadm.Offsets
	offsets.AddOffset(topic, partition, offset, -1)
	done, err := a.client.DeleteRecords(ctx, offsets)
	return errors.Join(err, done.Error())
}

func (a *admin) Offset(topic string, partition int32, at agent.Place) (int64, error) {
	var found kadm.ListedOffsets
	var err error
	switch when := at.At(-2, -1); when {
	case -2:
		found, err = a.client.ListStartOffsets(ctx, topic)
	case -1:
		found, err = a.client.ListEndOffsets(ctx, topic)
	default:
		found, err = a.client.ListOffsetsAfterMilli(ctx, when, topic)
	}
	one, _ := found.Lookup(topic, partition)
	return one.Offset, errors.Join(err, one.Err)
}

func (a *admin) Committed(group, topic string, partition int32) (int64, string, error) {
	found, err := a.client.FetchOffsets(ctx, group)
	one, ok := found.Lookup(topic, partition)
	if err != nil || !ok {
		return -1, "", err
	}
	return one.At, one.Metadata, one.Err
}
