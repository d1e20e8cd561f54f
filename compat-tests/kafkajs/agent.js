'use strict'
// Serves the operations with kafkajs: lines of JSON in, lines of JSON out.
const readline = require('readline')
const { CompressionCodecs, CompressionTypes, Kafka, Partitioners, logLevel } = require('kafkajs')
const SnappyCodec = require('kafkajs-snappy')
const zstd = require('@bokuweb/zstd-wasm')

// kafkajs leaves all codecs but gzip to plug-ins.
CompressionCodecs[CompressionTypes.Snappy] = SnappyCodec
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async encoder => Buffer.from(zstd.compress(encoder.buffer, 3)),
  decompress: async buffer => Buffer.from(zstd.decompress(buffer)),
})
const CODECS = { gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy, zstd: CompressionTypes.ZSTD }
const KEEP = 5000 // larger values are reported by their size only

const decode = text => (text === null || text === undefined ? null : Buffer.from(text, 'base64'))
const encode = data => (data === null || data === undefined ? null : data.toString('base64'))
const pick = (options, names) =>
  Object.fromEntries(
    Object.entries(names).filter(([from]) => options[from] != null).map(([from, to]) => [to, options[from]]))

function kafka(options) {
  return new Kafka({
    brokers: options.bootstrap.split(','), clientId: options.client_id || 'admin', logLevel: logLevel.ERROR,
    retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 20 },
    logCreator: () => ({ log, label }) => process.stderr.write(`${label} ${JSON.stringify(log)}\n`),
  })
}

const inner = e => (e.errors && e.errors[0]) || (e.partitions && e.partitions[0] && e.partitions[0].error)

// Kafka's code, which kafkajs wraps in errors of its own.
function failure(error) {
  for (let e = error; e; e = e.cause || e.originalError || inner(e)) {
    if (typeof e.code === 'number' && e.code > 0) return { code: e.code, message: String(error) }
  }
  return { code: null, message: String(error) }
}

class ProducerHandle {
  async open(options) {
    this.options = options
    const names = {
      idempotent: 'idempotent', max_in_flight: 'maxInFlightRequests', metadata_max_age_ms: 'metadataMaxAge',
    }
    this.client = kafka(options).producer({
      allowAutoTopicCreation: false, createPartitioner: Partitioners.DefaultPartitioner, ...pick(options, names),
    })
    await this.client.connect()
  }

  // One batch for each partition; the answer names its first offset.
  async send({ records }) {
    const messages = records.map(r => {
      const headers = {}
      for (const [name, value] of r.headers) {
        headers[name] = name in headers ? [headers[name], decode(value)].flat() : decode(value)
      }
      const message = { key: decode(r.key), value: r.size ? Buffer.alloc(r.size, 'x') : decode(r.value), headers }
      if (r.partition !== null) message.partition = r.partition
      if (r.timestamp !== null) message.timestamp = String(r.timestamp)
      return message
    })
    const compression = CODECS[this.options.compression] || CompressionTypes.None
    const request = { topic: records[0].topic, messages, acks: -1, compression }
    try {
      const next = {}
      for (const placed of await this.client.send(request)) next[placed.partition] = Number(placed.baseOffset)
      const offset = partition => (partition === null ? null : next[partition]++)
      return { results: records.map(({ partition }) => ({ partition, offset: offset(partition) })) }
    } catch (error) {
      process.stderr.write(`${error.stack}\n`)
      return { results: records.map(() => failure(error)) }
    }
  }

  async close() {
    await this.client.disconnect()
  }
}

// kafkajs has groups only: a reader of chosen partitions is the single member of a group of its own.
class ConsumerHandle {
  constructor() {
    Object.assign(this, { records: [], events: [], errors: [], owned: new Map() })
  }

  async open(options) {
    const names = {
      heartbeat_ms: 'heartbeatInterval', session_timeout_ms: 'sessionTimeout', fetch_max_wait_ms: 'maxWaitTimeInMs',
      fetch_min_bytes: 'minBytes', fetch_max_bytes: 'maxBytes', partition_max_bytes: 'maxBytesPerPartition',
      metadata_max_age_ms: 'metadataMaxAge',
    }
    const topics = options.topics || [...new Set(options.assign.map(a => a.topic))]
    this.client = kafka(options).consumer({
      groupId: options.group || `reader-${options.client_id}`, allowAutoTopicCreation: false, maxWaitTimeInMs: 200,
      ...pick(options, names),
    })
    const { GROUP_JOIN, REBALANCING, CRASH } = this.client.events
    this.client.on(GROUP_JOIN, ({ payload }) => {
      this.revokeAll()
      if (this.closing) return
      const claims = Object.entries(payload.memberAssignment).flatMap(([topic, ps]) => ps.map(p => [topic, p]))
      claims.forEach(c => this.owned.set(c.join(), c))
      this.event('assigned', claims)
    })
    this.client.on(REBALANCING, () => this.revokeAll())
    this.client.on(CRASH, ({ payload }) => {
      this.revokeAll()
      this.errors.push(failure(payload.error))
    })
    await this.client.connect()
    await this.client.subscribe({ topics, fromBeginning: options.reset === 'earliest' })
    const eachBatch = async ({ batch }) => this.took(batch)
    await this.client.run({ autoCommit: false, eachBatchAutoResolve: true, eachBatch })
    for (const { topic, partition, offset } of options.assign || []) {
      if (typeof offset === 'number') this.client.seek({ topic, partition, offset: String(offset) })
    }
  }

  took({ topic, partition, messages }) {
    for (const m of messages) {
      const headers = Object.entries(m.headers || {}).flatMap(([name, v]) => [v].flat().map(one => [name, encode(one)]))
      const size = m.value === null ? 0 : m.value.length
      this.records.push({
        topic, partition, offset: Number(m.offset),
        key: encode(m.key), value: size > KEEP ? null : encode(m.value), size, headers, timestamp: Number(m.timestamp),
      })
    }
  }

  event(kind, claims) {
    if (claims.length) this.events.push([Number(process.hrtime.bigint()), kind, claims])
  }

  revokeAll() {
    this.event('revoked', [...this.owned.values()])
    this.owned.clear()
  }

  drain() {
    const { records, events, errors } = this
    Object.assign(this, { records: [], events: [], errors: [] })
    return { records, events, errors }
  }

  async commit({ offsets }) {
    await this.client.commitOffsets(offsets.map(o => ({ ...o, offset: String(o.offset) })))
  }

  async pause({ partitions }) {
    this.client.pause(partitions.map(p => ({ topic: p.topic, partitions: [p.partition] })))
  }

  async resume({ partitions }) {
    this.client.resume(partitions.map(p => ({ topic: p.topic, partitions: [p.partition] })))
  }

  async close() {
    this.closing = true
    this.revokeAll()
    await this.client.disconnect()
    return this.drain()
  }
}

const ADMIN = {
  async create_topic(admin, { topic, partitions, replication, configs }) {
    const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }))
    const row = { topic, numPartitions: partitions, replicationFactor: replication, configEntries }
    const done = await admin.createTopics({ topics: [row], waitForLeaders: false })
    if (!done) throw Object.assign(new Error('the topic exists'), { code: 36 }) // kafkajs turns this code into false
  },
  async delete_topic(admin, { topic }) {
    await admin.deleteTopics({ topics: [topic] })
  },
  async add_partitions(admin, { topic, total }) {
    await admin.createPartitions({ topicPartitions: [{ topic, count: total }] })
  },
  async describe_topic(admin, { topic }) {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return { partitions: topics[0].partitions.map(p => p.partitionId) }
  },
  async topic_config(admin, { topic, name }) {
    const { resources } = await admin.describeConfigs({ resources: [{ type: 2, name: topic, configNames: [name] }] })
    return { value: resources[0].configEntries[0].configValue }
  },
  async delete_records(admin, { topic, partition, offset }) {
    await admin.fetchTopicOffsets(topic) // deleteTopicRecords wants to know the topic already
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] })
  },
  async offset(admin, { topic, partition, at }) {
    const byTime = typeof at === 'number'
    const rows = await (byTime ? admin.fetchTopicOffsetsByTimestamp(topic, at) : admin.fetchTopicOffsets(topic))
    const row = rows.find(r => r.partition === partition)
    return { offset: Number(at === 'beginning' ? row.low : at === 'end' ? row.high : row.offset) }
  },
  async committed(admin, { group, topic, partition }) {
    const [{ partitions }] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
    const row = partitions.find(p => p.partition === partition)
    return { offset: row ? Number(row.offset) : -1, metadata: row ? row.metadata : null }
  },
}

async function once(op, request) {
  const admin = kafka(request).admin()
  await admin.connect()
  try {
    return await ADMIN[op](admin, request)
  } finally {
    await admin.disconnect()
  }
}

async function main() {
  await zstd.init()
  const handles = {}
  const queues = {} // operations of a handle are done in order
  async function answer(id, work) {
    let row
    try {
      row = { id, ok: (await work()) || {} }
    } catch (error) {
      process.stderr.write(`${error.stack}\n`)
      row = { id, error: failure(error) }
    }
    process.stdout.write(JSON.stringify(row) + '\n')
  }
  readline.createInterface({ input: process.stdin }).on('line', line => {
    const { id, op, h, ...request } = JSON.parse(line)
    if (h === undefined) return answer(id, () => once(op, request))
    if (op === 'drain') return answer(id, async () => handles[h].drain())
    if (op.startsWith('open_')) {
      handles[h] = op === 'open_producer' ? new ProducerHandle() : new ConsumerHandle()
      queues[h] = answer(id, () => handles[h].open(request))
    } else {
      queues[h] = queues[h].then(() => answer(id, () => handles[h][op](request)))
    }
  }).on('close', () => process.exit(0))
}

process.on('unhandledRejection', error => process.stderr.write(`unhandled ${error && error.stack}\n`))
main()
