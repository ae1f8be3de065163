package io.epona.transport;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.client.AdminResultEncoder;
import io.epona.codecs.client.CreateTopicDecoder;
import io.epona.codecs.client.DeleteTopicDecoder;
import io.epona.codecs.client.DescribeTopicDecoder;
import io.epona.codecs.client.InitProducerIdDecoder;
import io.epona.codecs.client.ListOffsetsDecoder;
import io.epona.codecs.client.MessageHeaderDecoder;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.MetadataEncoder;
import io.epona.codecs.client.MetadataRequestDecoder;
import io.epona.codecs.client.ProduceDecoder;
import io.epona.codecs.client.ProducerIdEncoder;
import io.epona.codecs.client.SubscribeDecoder;
import io.epona.codecs.client.TopicDescriptionEncoder;
import io.epona.codecs.client.UnsubscribeDecoder;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * A broker of few words for tests of the public API: it keeps topics and records in memory, and is found by its name as
 * an inproc broker. Everything happens in {@link #poll()}, on the test's thread.
 */
public final class ScriptedServer implements AutoCloseable
{
    private static final int HEADER = ScriptedBroker.HEADER;
    private static final Map<String, ScriptedServer> SERVERS = new HashMap<>();

    /** Records of one partition. */
    private static final class Log
    {
        private final List<UnsafeBuffer> batches = new ArrayList<>();
        private long end;
    }

    /** One topic. */
    private record Entry(long topicId, Map<String, String> config, Log[] logs)
    {
    }

    /** One subscription. */
    private static final class Reader
    {
        private final ScriptedBroker.End end;
        private final int subscriptionId;
        private final long topicId;
        private final Log log;
        private int next;

        private Reader(final ScriptedBroker.End end, final int subscriptionId, final long topicId, final Log log)
        {
            this.end = end;
            this.subscriptionId = subscriptionId;
            this.topicId = topicId;
            this.log = log;
        }
    }

    /** Found by the service loader. */
    public static final class Provider implements InprocProvider
    {
        @Override
        public InprocConnection connect(final String name)
        {
            final ScriptedServer server = SERVERS.get(name);
            return null == server ? null : server.new Connection();
        }
    }

    private final class Connection implements InprocConnection
    {
        @Override
        public Lane controlLane()
        {
            return broker.open(LaneKind.CONTROL, null, 0).poll();
        }

        @Override
        public Lane produceLane(final int shard)
        {
            return broker.open(LaneKind.PRODUCE, null, shard).poll();
        }

        @Override
        public PushSource pushSource(final int shard, final long token)
        {
            return broker.pushSource(broker.session(), shard);
        }

        @Override
        public boolean isOpen()
        {
            return true;
        }

        @Override
        public void close()
        {
            // the lanes are closed by the client
        }
    }

    private final ScriptedBroker broker = new ScriptedBroker();
    private final Map<String, Entry> topics = new TreeMap<>();
    private final List<Reader> readers = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private final Crc32c crc = new Crc32c();
    private final String name;
    private UnaryOperator<byte[]> mangler;
    private long topicIds = 100;
    private long producerIds = 1000;
    private boolean isSilent;
    private int metadataRequests;

    public ScriptedServer(final String name)
    {
        this.name = name;
        SERVERS.put(name, this);
    }

    public String uri()
    {
        return "epona:inproc?name=" + name;
    }

    /** Requests that no correct client sends. */
    public List<String> faults()
    {
        return faults;
    }

    public int metadataRequests()
    {
        return metadataRequests;
    }

    public long endOffset(final String topic, final int partition)
    {
        return topics.get(topic).logs[partition].end;
    }

    /** Change every answer on the control lane. */
    public void mangle(final UnaryOperator<byte[]> mangler)
    {
        this.mangler = mangler;
    }

    /** Produce requests stay in their lanes. */
    public void silent(final boolean isSilent)
    {
        this.isSilent = isSilent;
    }

    /** Put a message on every open lane that makes no sense. */
    public void sendNonsense()
    {
        final UnsafeBuffer nonsense = new UnsafeBuffer(new byte[16]);
        for (final ScriptedBroker.End end : broker.ends)
        {
            if (end.lane.isConnected())
            {
                end.send(nonsense, nonsense.capacity());
            }
        }
    }

    public void createTopic(final String topic, final int partitions)
    {
        create(topic, partitions, Map.of());
    }

    public void deleteTopic(final String topic)
    {
        topics.remove(topic);
    }

    /** Come back with another count of shards: all lanes go, topics stay. */
    public void restart(final int shards)
    {
        broker.ends.forEach(end -> end.lane.close());
        broker.ends.clear();
        readers.clear();
        broker.shards = shards;
    }

    public int poll()
    {
        int workCount = 0;
        broker.ends.removeIf(end -> !end.lane.isConnected());
        readers.removeIf(reader -> !reader.end.lane.isConnected());
        for (int i = 0; i < broker.ends.size(); i++)
        {
            final ScriptedBroker.End end = broker.ends.get(i);
            if (isSilent && LaneKind.PRODUCE == end.kind)
            {
                continue;
            }
            end.poll();
            for (final ScriptedBroker.Request request : end.requests)
            {
                onRequest(end, request);
                workCount++;
            }
            end.requests.clear();
        }
        for (int i = readers.size() - 1; i >= 0; i--)
        {
            workCount += push(readers.get(i));
        }
        return workCount;
    }

    @Override
    public void close()
    {
        SERVERS.remove(name, this);
    }

    private void onRequest(final ScriptedBroker.End end, final ScriptedBroker.Request request)
    {
        switch (request.templateId())
        {
            case MetadataRequestDecoder.TEMPLATE_ID -> onMetadata(end, request);
            case CreateTopicDecoder.TEMPLATE_ID -> onCreate(end, request);
            case DeleteTopicDecoder.TEMPLATE_ID ->
            {
                final DeleteTopicDecoder decoder = new DeleteTopicDecoder();
                decoder.wrapAndApplyHeader(request.bytes(), 0, new MessageHeaderDecoder());
                final Entry removed = topics.remove(decoder.name());
                adminResult(end, request.longAt(8), null == removed ? ResultCode.UNKNOWN_TOPIC : null, 0);
            }
            case DescribeTopicDecoder.TEMPLATE_ID -> onDescribe(end, request);
            case InitProducerIdDecoder.TEMPLATE_ID ->
            {
                final ExpandableArrayBuffer out = new ExpandableArrayBuffer();
                new ProducerIdEncoder().wrapAndApplyHeader(out, 0, new MessageHeaderEncoder())
                    .correlationId(request.longAt(8)).producerId(producerIds++).producerEpoch((short)0).code((short)0);
                answer(end, out, HEADER + ProducerIdEncoder.BLOCK_LENGTH);
            }
            case ProduceDecoder.TEMPLATE_ID -> onProduce(end, request);
            case SubscribeDecoder.TEMPLATE_ID -> onSubscribe(end, request);
            case UnsubscribeDecoder.TEMPLATE_ID ->
                readers.removeIf(reader -> reader.end == end && reader.subscriptionId == request.intAt(8));
            case ListOffsetsDecoder.TEMPLATE_ID ->
            {
                final Log log = log(end, request.longAt(16), request.intAt(32));
                final long offset = null == log ? -1 : -1 == request.longAt(24) ? log.end : 0;
                end.offsets(request.longAt(8), null == log ? ResultCode.UNKNOWN_TOPIC.code() : 0, offset);
            }
            default ->
            {
                // keep-alive and close need no answer
            }
        }
    }

    private Entry create(final String topic, final int partitions, final Map<String, String> config)
    {
        final Log[] logs = new Log[partitions];
        for (int i = 0; i < partitions; i++)
        {
            logs[i] = new Log();
        }
        final Entry entry = new Entry(topicIds++, config, logs);
        topics.put(topic, entry);
        return entry;
    }

    private Log log(final ScriptedBroker.End end, final long topicId, final int partition)
    {
        if (end.shard != Streams.shardOf(topicId, partition, broker.shards))
        {
            faults.add("partition " + topicId + "-" + partition + " on shard " + end.shard);
        }
        for (final Entry entry : topics.values())
        {
            if (topicId == entry.topicId && partition < entry.logs.length)
            {
                return entry.logs[partition];
            }
        }
        return null;
    }

    private void onProduce(final ScriptedBroker.End end, final ScriptedBroker.Request request)
    {
        final Log log = log(end, request.longAt(8), request.intAt(16));
        final int requestId = request.intAt(20);
        final boolean isAcked = 0 != request.bytes().getByte(HEADER + 24);
        if (null == log)
        {
            if (isAcked)
            {
                end.ack(ResultCode.UNKNOWN_TOPIC.code(), -1, requestId);
            }
            return;
        }
        final int index = HEADER + ProduceDecoder.BLOCK_LENGTH;
        final UnsafeBuffer batch = new UnsafeBuffer(new byte[request.bytes().capacity() - index]);
        batch.putBytes(0, request.bytes(), index, batch.capacity());
        final long base = log.end;
        RecordBatchDescriptor.stamp(batch, 0, base, 3, 5000, crc);
        log.batches.add(batch);
        log.end = RecordBatchDescriptor.nextOffset(batch, 0);
        if (isAcked)
        {
            end.ack(0, base, requestId);
        }
    }

    private void onSubscribe(final ScriptedBroker.End end, final ScriptedBroker.Request request)
    {
        final long topicId = request.longAt(8);
        final int subscriptionId = request.intAt(SubscribeDecoder.subscriptionIdEncodingOffset());
        final Log log = log(end, topicId, request.intAt(SubscribeDecoder.partitionEncodingOffset()));
        if (null == log)
        {
            end.end(subscriptionId, ResultCode.UNKNOWN_TOPIC.code());
            return;
        }
        final long startOffset = request.longAt(SubscribeDecoder.startOffsetEncodingOffset());
        if (startOffset > log.end)
        {
            end.end(subscriptionId, ResultCode.OFFSET_OUT_OF_RANGE.code());
            return;
        }
        final Reader reader = new Reader(end, subscriptionId, topicId, log);
        while (reader.next < log.batches.size() &&
            RecordBatchDescriptor.nextOffset(log.batches.get(reader.next), 0) <= startOffset)
        {
            reader.next++;
        }
        readers.add(reader);
    }

    private int push(final Reader reader)
    {
        if (topics.values().stream().noneMatch(entry -> entry.topicId == reader.topicId))
        {
            readers.remove(reader);
            reader.end.end(reader.subscriptionId, ResultCode.UNKNOWN_TOPIC.code());
            return 1;
        }
        int count = 0;
        while (reader.next < reader.log.batches.size())
        {
            final UnsafeBuffer batch = reader.log.batches.get(reader.next);
            final UnsafeBuffer message = ScriptedBroker.pushMessage(reader.subscriptionId, batch, batch.capacity());
            if (reader.end.lane.offer(message, 0, message.capacity()) < 0)
            {
                break;
            }
            reader.next++;
            count++;
        }
        return count;
    }

    private void onCreate(final ScriptedBroker.End end, final ScriptedBroker.Request request)
    {
        final CreateTopicDecoder decoder = new CreateTopicDecoder();
        decoder.wrapAndApplyHeader(request.bytes(), 0, new MessageHeaderDecoder());
        final long correlationId = decoder.correlationId();
        final int partitions = decoder.partitions();
        final Map<String, String> config = new TreeMap<>();
        for (final CreateTopicDecoder.ConfigsDecoder entry : decoder.configs())
        {
            config.put(entry.key(), entry.value());
        }
        final String topic = decoder.name();
        if (topics.containsKey(topic))
        {
            adminResult(end, correlationId, ResultCode.TOPIC_EXISTS, 0);
        }
        else
        {
            adminResult(end, correlationId, null, create(topic, partitions, config).topicId);
        }
    }

    private void onMetadata(final ScriptedBroker.End end, final ScriptedBroker.Request request)
    {
        metadataRequests++;
        final MetadataRequestDecoder decoder = new MetadataRequestDecoder();
        decoder.wrapAndApplyHeader(request.bytes(), 0, new MessageHeaderDecoder());
        final Map<String, Entry> found = new TreeMap<>();
        final MetadataRequestDecoder.TopicsDecoder asked = decoder.topics();
        if (0 == asked.count())
        {
            found.putAll(topics);
        }
        for (final MetadataRequestDecoder.TopicsDecoder topic : asked)
        {
            final String wanted = topic.name();
            if (topics.containsKey(wanted))
            {
                found.put(wanted, topics.get(wanted));
            }
        }

        final ExpandableArrayBuffer out = new ExpandableArrayBuffer();
        final MetadataEncoder encoder = new MetadataEncoder();
        encoder.wrapAndApplyHeader(out, 0, new MessageHeaderEncoder()).correlationId(request.longAt(8))
            .controllerId(1).code((short)0);
        encoder.brokersCount(1).next().brokerId(1).port(0).shards(broker.shards).maxMessageBytes(broker.maxBatch)
            .host("localhost");
        final MetadataEncoder.TopicsEncoder encoded = encoder.topicsCount(found.size());
        for (final Map.Entry<String, Entry> topic : found.entrySet())
        {
            final Log[] logs = topic.getValue().logs;
            final MetadataEncoder.TopicsEncoder.PartitionsEncoder partitions =
                encoded.next().topicId(topic.getValue().topicId).partitionsCount(logs.length);
            for (int i = 0; i < logs.length; i++)
            {
                partitions.next().partition(i).leader(1).leaderEpoch(3).replicasCount(1).next().brokerId(1);
            }
            encoded.name(topic.getKey());
        }
        answer(end, out, HEADER + encoder.encodedLength());
    }

    private void onDescribe(final ScriptedBroker.End end, final ScriptedBroker.Request request)
    {
        final DescribeTopicDecoder decoder = new DescribeTopicDecoder();
        decoder.wrapAndApplyHeader(request.bytes(), 0, new MessageHeaderDecoder());
        final String topic = decoder.name();
        final Entry entry = topics.get(topic);
        if (null == entry)
        {
            adminResult(end, request.longAt(8), ResultCode.UNKNOWN_TOPIC, 0);
            return;
        }
        final ExpandableArrayBuffer out = new ExpandableArrayBuffer();
        final TopicDescriptionEncoder encoder = new TopicDescriptionEncoder();
        encoder.wrapAndApplyHeader(out, 0, new MessageHeaderEncoder())
            .correlationId(request.longAt(8)).topicId(entry.topicId).code((short)0);
        final TopicDescriptionEncoder.PartitionsEncoder partitions = encoder.partitionsCount(entry.logs.length);
        for (int i = 0; i < entry.logs.length; i++)
        {
            partitions.next().partition(i).leader(1).leaderEpoch(3).logStart(0).hw(entry.logs[i].end)
                .logEnd(entry.logs[i].end)
                .replicasCount(1).next().brokerId(1).logEnd(entry.logs[i].end).hw(entry.logs[i].end)
                .state().clear().inSync(true);
        }
        final TopicDescriptionEncoder.ConfigsEncoder configs = encoder.configsCount(entry.config.size());
        entry.config.forEach((key, value) -> configs.next().key(key).value(value));
        encoder.name(topic);
        answer(end, out, HEADER + encoder.encodedLength());
    }

    private void adminResult(
        final ScriptedBroker.End end, final long correlationId, final ResultCode code, final long topicId)
    {
        final ExpandableArrayBuffer out = new ExpandableArrayBuffer();
        final AdminResultEncoder encoder = new AdminResultEncoder();
        encoder.wrapAndApplyHeader(out, 0, new MessageHeaderEncoder())
            .correlationId(correlationId)
            .topicId(topicId)
            .code(null == code ? 0 : code.code())
            .text(null == code ? "" : "refused");
        answer(end, out, HEADER + encoder.encodedLength());
    }

    private void answer(final ScriptedBroker.End end, final ExpandableArrayBuffer message, final int length)
    {
        byte[] bytes = new byte[length];
        message.getBytes(0, bytes);
        if (null != mangler)
        {
            bytes = mangler.apply(bytes);
        }
        end.send(new UnsafeBuffer(bytes), bytes.length);
    }
}
