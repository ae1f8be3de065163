package io.epona.transport;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordCursor;
import io.epona.codecs.client.AdminResultEncoder;
import io.epona.codecs.client.CreateTopicDecoder;
import io.epona.codecs.client.DeleteTopicDecoder;
import io.epona.codecs.client.InitProducerIdDecoder;
import io.epona.codecs.client.ListOffsetsDecoder;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.MetadataEncoder;
import io.epona.codecs.client.MetadataRequestDecoder;
import io.epona.codecs.client.ProduceDecoder;
import io.epona.codecs.client.ProducerIdEncoder;
import io.epona.codecs.client.SubscribeDecoder;
import io.epona.codecs.client.UnsubscribeDecoder;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Three brokers of few words and one replicated topic, for tests of clients that follow leaders: what the leader takes
 * all replicas have. The test says who leads, who is dead and who is silent. Everything happens in {@link #poll()}, on
 * the test's thread.
 */
public final class ScriptedCluster
{
    /** The topic. */
    public static final String TOPIC = "t";
    /** Broker i is found at port FIRST_PORT + i. */
    public static final int FIRST_PORT = 1000;
    /** The only name that another topic may be created with. */
    public static final String CREATED = "new";

    private static final int HEADER = ScriptedBroker.HEADER;
    private static final long TOPIC_ID = 7;
    private static final long CREATED_ID = 8;

    /** One partition, as all replicas have it. */
    private static final class Log
    {
        private final List<UnsafeBuffer> batches = new ArrayList<>();
        /** Of each producer: epoch and first sequence of a batch, and its offset. */
        private final Map<String, Long> written = new HashMap<>();
        private final Map<String, Integer> nextSequences = new HashMap<>();
        private int leader = 1;
        private int epoch;
        private long end;
        private int questionsTooEarly;
    }

    /** One subscription. */
    private static final class Reader
    {
        private ScriptedBroker.End end;
        private int subscriptionId;
        private Log log;
        private int epoch;
        private int next;
    }

    /** One broker. */
    private static final class Node
    {
        private final ScriptedBroker broker = new ScriptedBroker();
        private final List<Reader> readers = new ArrayList<>();
        private boolean isSilent;
        private boolean isMute;
        private boolean isBehind;
        private int lookupsTooEarly;
    }

    private final Node[] nodes = new Node[4];
    private final Log[] logs;
    private final List<Integer> askedForTopics = new ArrayList<>();
    private final Crc32c crc = new Crc32c();
    private int controllerId = 1;
    private long producerIds = 1000;
    private int batchesWritten;
    private int batchesRepeated;
    private boolean isCreated;
    private int lookupsBeforeCreated;

    public ScriptedCluster(final int partitions)
    {
        for (int i = 1; i < nodes.length; i++)
        {
            nodes[i] = new Node();
            nodes[i].broker.brokerId = i;
        }
        logs = new Log[partitions];
        for (int i = 0; i < partitions; i++)
        {
            logs[i] = new Log();
        }
    }

    public LaneConnector connector(final EponaUri.Endpoint endpoint)
    {
        return nodes[endpoint.port() - FIRST_PORT].broker;
    }

    /** Another leader, or the same again, in the next epoch. */
    public void lead(final int partition, final int brokerId)
    {
        logs[partition].leader = brokerId;
        logs[partition].epoch++;
    }

    /** A broker that has not heard of the topic yet. */
    public void behind(final int brokerId, final boolean isBehind)
    {
        nodes[brokerId].isBehind = isBehind;
    }

    /** A broker that just came up: so often it answers LOADING when it is asked for metadata. */
    public void starting(final int brokerId, final int lookups)
    {
        nodes[brokerId].lookupsTooEarly = lookups;
    }

    /** The leader does not know yet what is committed: so often it answers LOADING when it is asked for an offset. */
    public void loading(final int partition, final int questions)
    {
        logs[partition].questionsTooEarly = questions;
    }

    /** So often brokers are asked before one has heard of a topic that was created. */
    public void hearingLate(final int lookups)
    {
        lookupsBeforeCreated = lookups;
    }

    /** Questions that have to be asked until a created topic is known. */
    public int lookupsBeforeCreated()
    {
        return Math.max(0, lookupsBeforeCreated);
    }

    public void controller(final int brokerId)
    {
        controllerId = brokerId;
    }

    /** All its lanes go, and none comes. */
    public void kill(final int brokerId)
    {
        final Node node = nodes[brokerId];
        node.broker.ends.forEach(end -> end.lane.close());
        node.broker.ends.clear();
        node.readers.clear();
        node.broker.isThere = false;
    }

    public void start(final int brokerId)
    {
        nodes[brokerId].broker.isThere = true;
    }

    /** It reads nothing and says nothing, but its lanes stay. */
    public void silent(final int brokerId, final boolean isSilent)
    {
        nodes[brokerId].isSilent = isSilent;
    }

    /** It does everything but answer to batches. */
    public void mute(final int brokerId, final boolean isMute)
    {
        nodes[brokerId].isMute = isMute;
    }

    /** What was written from there on is lost; to be followed by another leader. */
    public void cut(final int partition, final long offset)
    {
        final Log log = logs[partition];
        while (log.end > offset)
        {
            final UnsafeBuffer batch = log.batches.remove(log.batches.size() - 1);
            log.end = RecordBatchDescriptor.baseOffset(batch, 0);
            log.written.values().removeIf(base -> base >= log.end);
            log.nextSequences.put(producer(batch), RecordBatchDescriptor.baseSequence(batch, 0));
        }
    }

    /** Brokers that were asked to create or delete, in that order. */
    public List<Integer> askedForTopics()
    {
        return askedForTopics;
    }

    public int batchesWritten()
    {
        return batchesWritten;
    }

    /** Batches that came again and were there already. */
    public int batchesRepeated()
    {
        return batchesRepeated;
    }

    public long end(final int partition)
    {
        return logs[partition].end;
    }

    /** Sessions that a broker has. */
    public long controlLanes(final int brokerId)
    {
        return nodes[brokerId].broker.ends.stream().filter(end -> LaneKind.CONTROL == end.kind).count();
    }

    /** The first eight bytes of each value, in the order of the log. */
    public List<Long> values(final int partition)
    {
        final List<Long> values = new ArrayList<>();
        for (final UnsafeBuffer batch : logs[partition].batches)
        {
            final RecordCursor cursor = new RecordCursor();
            cursor.wrap(batch, 0);
            while (cursor.next())
            {
                values.add(batch.getLong(cursor.valueIndex(), LITTLE_ENDIAN));
            }
        }
        return values;
    }

    public int poll()
    {
        int workCount = 0;
        for (int id = 1; id < nodes.length; id++)
        {
            final Node node = nodes[id];
            node.broker.ends.removeIf(end -> !end.lane.isConnected());
            node.readers.removeIf(reader -> !reader.end.lane.isConnected());
            for (int i = 0; i < node.broker.ends.size() && !node.isSilent; i++)
            {
                final ScriptedBroker.End end = node.broker.ends.get(i);
                end.poll();
                for (final ScriptedBroker.Request request : end.requests)
                {
                    onRequest(node, end, request);
                    workCount++;
                }
                end.requests.clear();
            }
            for (int i = node.readers.size() - 1; i >= 0 && !node.isSilent; i--)
            {
                workCount += push(node, node.readers.get(i));
            }
        }
        return workCount;
    }

    private void onRequest(final Node node, final ScriptedBroker.End end, final ScriptedBroker.Request request)
    {
        switch (request.templateId())
        {
            case MetadataRequestDecoder.TEMPLATE_ID -> onMetadata(node, end, request.longAt(8));
            case CreateTopicDecoder.TEMPLATE_ID, DeleteTopicDecoder.TEMPLATE_ID ->
            {
                if (CreateTopicDecoder.TEMPLATE_ID == request.templateId() && controllerId == node.broker.brokerId)
                {
                    isCreated = true;
                }
                askedForTopics.add(node.broker.brokerId);
                final ExpandableArrayBuffer out = new ExpandableArrayBuffer();
                final AdminResultEncoder encoder = new AdminResultEncoder();
                encoder.wrapAndApplyHeader(out, 0, new MessageHeaderEncoder())
                    .correlationId(request.longAt(8)).topicId(CREATED_ID)
                    .code(controllerId == node.broker.brokerId ? 0 : ResultCode.NOT_CONTROLLER.code()).text("");
                end.send(out, HEADER + encoder.encodedLength());
            }
            case InitProducerIdDecoder.TEMPLATE_ID ->
            {
                final ExpandableArrayBuffer out = new ExpandableArrayBuffer();
                new ProducerIdEncoder().wrapAndApplyHeader(out, 0, new MessageHeaderEncoder())
                    .correlationId(request.longAt(8)).producerId(producerIds++).producerEpoch((short)0).code((short)0);
                end.send(out, HEADER + ProducerIdEncoder.BLOCK_LENGTH);
            }
            case ProduceDecoder.TEMPLATE_ID -> onProduce(node, end, request);
            case SubscribeDecoder.TEMPLATE_ID -> onSubscribe(node, end, request);
            case UnsubscribeDecoder.TEMPLATE_ID ->
                node.readers.removeIf(reader -> reader.end == end && reader.subscriptionId == request.intAt(8));
            case ListOffsetsDecoder.TEMPLATE_ID ->
            {
                final Log log = logs[request.intAt(ListOffsetsDecoder.partitionEncodingOffset())];
                final boolean isLeader = log.leader == node.broker.brokerId;
                final int code = !isLeader ? ResultCode.NOT_LEADER.code() :
                    log.questionsTooEarly-- > 0 ? ResultCode.LOADING.code() : 0;
                end.offsets(
                    request.longAt(8),
                    code,
                    log.epoch,
                    0 != code ? -1 : -1 == request.longAt(24) ? log.end : 0);
            }
            default ->
            {
                // keep-alive and close need no answer
            }
        }
    }

    private void onMetadata(final Node node, final ScriptedBroker.End end, final long correlationId)
    {
        final boolean isStarting = node.lookupsTooEarly-- > 0;
        final ExpandableArrayBuffer out = new ExpandableArrayBuffer();
        final MetadataEncoder encoder = new MetadataEncoder();
        encoder.wrapAndApplyHeader(out, 0, new MessageHeaderEncoder())
            .correlationId(correlationId).controllerId(controllerId)
            .code(isStarting ? ResultCode.LOADING.code() : 0);
        final int brokersCount = isStarting ? 0 : nodes.length - 1;
        final MetadataEncoder.BrokersEncoder brokers = encoder.brokersCount(brokersCount);
        for (int i = 1; i <= brokersCount; i++)
        {
            brokers.next().brokerId(i).port(FIRST_PORT + i).shards(1).maxMessageBytes(nodes[i].broker.maxBatch)
                .host("broker-" + i);
        }
        if (isStarting || node.isBehind)
        {
            encoder.topicsCount(0);
            end.send(out, HEADER + encoder.encodedLength());
            return;
        }
        final boolean isCreatedKnown = isCreated && lookupsBeforeCreated-- <= 0;
        final MetadataEncoder.TopicsEncoder topics = encoder.topicsCount(isCreatedKnown ? 2 : 1);
        if (isCreatedKnown)
        {
            topics.next().topicId(CREATED_ID).partitionsCount(0);
            topics.name(CREATED);
        }
        final MetadataEncoder.TopicsEncoder.PartitionsEncoder partitions =
            topics.next().topicId(TOPIC_ID).partitionsCount(logs.length);
        for (int i = 0; i < logs.length; i++)
        {
            final MetadataEncoder.TopicsEncoder.PartitionsEncoder.ReplicasEncoder replicas = partitions.next()
                .partition(i).leader(logs[i].leader).leaderEpoch(logs[i].epoch).replicasCount(nodes.length - 1);
            for (int id = 1; id < nodes.length; id++)
            {
                replicas.next().brokerId(id);
            }
        }
        topics.name(TOPIC);
        end.send(out, HEADER + encoder.encodedLength());
    }

    private void onProduce(final Node node, final ScriptedBroker.End end, final ScriptedBroker.Request request)
    {
        final Log log = logs[request.intAt(16)];
        final int requestId = request.intAt(20);
        if (log.leader != node.broker.brokerId)
        {
            end.ackOf(log.epoch, ResultCode.NOT_LEADER.code(), -1, requestId);
            return;
        }
        final int index = HEADER + ProduceDecoder.BLOCK_LENGTH;
        final UnsafeBuffer batch = new UnsafeBuffer(new byte[request.bytes().capacity() - index]);
        batch.putBytes(0, request.bytes(), index, batch.capacity());

        final long producerId = RecordBatchDescriptor.producerId(batch, 0);
        final int sequence = RecordBatchDescriptor.baseSequence(batch, 0);
        final String producer = producer(batch);
        final String key = producer + "/" + sequence;
        final Long known = producerId < 0 ? null : log.written.get(key);
        final int next = log.nextSequences.getOrDefault(producer, 0);
        int code = 0;
        long base = log.end;
        if (null != known)
        {
            batchesRepeated++;
            base = known;
        }
        else if (producerId >= 0 && sequence != next)
        {
            code = ResultCode.OUT_OF_ORDER_SEQUENCE.code();
            base = next - 1;
        }
        else
        {
            RecordBatchDescriptor.stamp(batch, 0, base, log.epoch, 5000, crc);
            log.batches.add(batch);
            log.end = RecordBatchDescriptor.nextOffset(batch, 0);
            log.written.put(key, base);
            log.nextSequences.put(producer, sequence + RecordBatchDescriptor.recordCount(batch, 0));
            batchesWritten++;
        }
        if (!node.isMute)
        {
            end.ackOf(log.epoch, code, base, requestId);
        }
    }

    private static String producer(final UnsafeBuffer batch)
    {
        return RecordBatchDescriptor.producerId(batch, 0) + "/" + RecordBatchDescriptor.producerEpoch(batch, 0);
    }

    private void onSubscribe(final Node node, final ScriptedBroker.End end, final ScriptedBroker.Request request)
    {
        final Log log = logs[request.intAt(SubscribeDecoder.partitionEncodingOffset())];
        final int subscriptionId = request.intAt(SubscribeDecoder.subscriptionIdEncodingOffset());
        final long startOffset = request.longAt(SubscribeDecoder.startOffsetEncodingOffset());
        final int lastEpoch = request.intAt(SubscribeDecoder.lastEpochEncodingOffset());
        if (log.leader != node.broker.brokerId)
        {
            end.end(subscriptionId, ResultCode.NOT_LEADER.code(), log.epoch, -1, -1);
            return;
        }
        int epoch = -1;
        long epochEnd = 0;
        for (final UnsafeBuffer batch : log.batches)
        {
            if (RecordBatchDescriptor.leaderEpoch(batch, 0) <= lastEpoch)
            {
                epoch = RecordBatchDescriptor.leaderEpoch(batch, 0);
                epochEnd = RecordBatchDescriptor.nextOffset(batch, 0);
            }
        }
        if (lastEpoch >= 0 && epochEnd < startOffset)
        {
            end.end(subscriptionId, ResultCode.TRUNCATED.code(), log.epoch, epoch, epochEnd);
            return;
        }
        if (startOffset > log.end)
        {
            end.end(subscriptionId, ResultCode.OFFSET_OUT_OF_RANGE.code(), log.epoch, -1, -1);
            return;
        }
        final Reader reader = new Reader();
        reader.end = end;
        reader.subscriptionId = subscriptionId;
        reader.log = log;
        reader.epoch = log.epoch;
        while (reader.next < log.batches.size() &&
            RecordBatchDescriptor.nextOffset(log.batches.get(reader.next), 0) <= startOffset)
        {
            reader.next++;
        }
        node.readers.add(reader);
    }

    private static int push(final Node node, final Reader reader)
    {
        if (reader.epoch != reader.log.epoch)
        {
            node.readers.remove(reader);
            reader.end.end(reader.subscriptionId, ResultCode.NOT_LEADER.code(), reader.log.epoch, -1, -1);
            return 1;
        }
        int count = 0;
        while (reader.next < reader.log.batches.size())
        {
            final UnsafeBuffer batch = reader.log.batches.get(reader.next);
            final UnsafeBuffer message =
                ScriptedBroker.pushMessage(reader.subscriptionId, reader.epoch, batch, batch.capacity());
            if (reader.end.lane.offer(message, 0, message.capacity()) < 0)
            {
                break;
            }
            reader.next++;
            count++;
        }
        return count;
    }
}
