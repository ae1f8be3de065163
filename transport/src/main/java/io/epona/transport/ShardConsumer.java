package io.epona.transport;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.transport.ConsumePartition.State;
import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.IntArrayList;

import java.util.ArrayList;
import java.util.List;

/**
 * The partitions of one consumer that live in one shard, over one {@link PushSource}.
 * <p>
 * A poll that stops in the middle of a message leaves the message in its source and remembers where it stopped. When
 * the same bytes come again in the same place it goes on behind the last record; otherwise it finds its place again by
 * the position. Nothing points into the message between polls but an index. Owned by the consumer's thread.
 */
final class ShardConsumer implements PushSource.Handler
{
    private static final int MESSAGE_LIMIT = 16;
    private static final long RETRY_DELAY_NS = 50_000_000L;

    private final Int2ObjectHashMap<ConsumePartition> bySubscription = new Int2ObjectHashMap<>();
    private final List<ConsumePartition> partitions = new ArrayList<>();
    private final List<OffsetQuery> queries = new ArrayList<>();
    private final IntArrayList unsubscribes = new IntArrayList();
    private final BatchReader reader;
    private final ConsumeSession owner;
    private final PushSource source;
    private final RecordSink sink;

    /** Where the current message was left, valid while {@link #isResumable}. */
    private boolean isResumable;
    private DirectBuffer messageBuffer;
    private int messageIndex;
    private int messageSubscription;
    private int batchIndex;
    private boolean isInBatch;
    private boolean isRecordPending;

    ShardConsumer(
        final ConsumeSession owner, final PushSource source, final RecordSink sink, final boolean isVerifyCrc)
    {
        this.owner = owner;
        this.source = source;
        this.sink = sink;
        this.reader = new BatchReader(isVerifyCrc);
    }

    List<ConsumePartition> partitions()
    {
        return partitions;
    }

    List<OffsetQuery> queries()
    {
        return queries;
    }

    boolean isClosed()
    {
        return source.isClosed();
    }

    boolean isOpen()
    {
        return source.isOpen();
    }

    void close()
    {
        bySubscription.clear();
        isResumable = false;
        source.close();
    }

    void detach(final ConsumePartition partition)
    {
        if (0 != partition.subscriptionId)
        {
            bySubscription.remove(partition.subscriptionId);
            if (source.isOpen())
            {
                unsubscribes.addInt(partition.subscriptionId);
            }
            partition.subscriptionId = 0;
        }
    }

    /** Everything but records: lanes, questions, subscriptions. */
    int pollControl(final long nowNs)
    {
        int workCount = source.poll(nowNs);
        final boolean isOpen = source.isOpen();
        while (isOpen && !unsubscribes.isEmpty() &&
            source.unsubscribe(unsubscribes.getInt(unsubscribes.size() - 1)) >= 0)
        {
            unsubscribes.removeAt(unsubscribes.size() - 1);
            workCount++;
        }

        for (int i = queries.size() - 1; i >= 0; i--)
        {
            final OffsetQuery query = queries.get(i);
            if (isOpen && !query.isSent)
            {
                query.correlationId = owner.nextCorrelationId();
                query.isSent = source.listOffsets(
                    query.correlationId, query.topicId, query.partition, query.timestamp) >= 0;
                workCount++;
            }
            if (nowNs - query.deadlineNs >= 0)
            {
                query.complete(ResultCode.TIMED_OUT.code(), -1);
            }
            if (query.isDone())
            {
                queries.remove(i);
            }
        }

        for (int i = 0, size = partitions.size(); i < size; i++)
        {
            final ConsumePartition partition = partitions.get(i);
            if (State.STREAMING != partition.state && State.FAILED != partition.state)
            {
                workCount += pollPartition(partition, isOpen, nowNs);
            }
        }
        return workCount;
    }

    private int pollPartition(final ConsumePartition partition, final boolean isOpen, final long nowNs)
    {
        switch (partition.state)
        {
            case RESOLVE:
                partition.query = owner.newQuery(
                    partition.topicId, partition.partition, partition.resolveTimestamp, nowNs);
                queries.add(partition.query);
                partition.state = State.RESOLVING;
                return 1;

            case RESOLVING:
                return partition.query.isDone() ? onResolved(partition) : 0;

            case SUBSCRIBE:
                return isOpen && !owner.isWaiting() && subscribe(partition) ? 1 : 0;

            case WAITING:
                if (!partition.isRetryTimeKnown)
                {
                    partition.isRetryTimeKnown = true;
                    partition.retryNs = nowNs + RETRY_DELAY_NS;
                }
                else if (nowNs - partition.retryNs >= 0)
                {
                    partition.failure = 0;
                    partition.state = partition.position < 0 ? State.RESOLVE : State.SUBSCRIBE;
                    return 1;
                }
                return 0;

            default:
                return 0;
        }
    }

    private int onResolved(final ConsumePartition partition)
    {
        final OffsetQuery query = partition.query;
        partition.query = null;
        if (0 == query.code() && query.offset() >= 0)
        {
            partition.position = query.offset();
            partition.failure = 0;
            partition.state = State.SUBSCRIBE;
        }
        else
        {
            fail(partition, 0 == query.code() ? ResultCode.INTERNAL.code() : query.code());
        }
        return 1;
    }

    private boolean subscribe(final ConsumePartition partition)
    {
        final int subscriptionId = owner.nextSubscriptionId();
        if (source.subscribe(
            subscriptionId, partition.topicId, partition.partition, partition.position, partition.lastEpoch) < 0)
        {
            return false;
        }
        partition.subscriptionId = subscriptionId;
        partition.state = State.STREAMING;
        bySubscription.put(subscriptionId, partition);
        return true;
    }

    /** Records; what the sink throws comes out of here. */
    int pollRecords()
    {
        return source.poll(this, MESSAGE_LIMIT);
    }

    @Override
    public boolean onBatches(
        final int subscriptionId,
        final int leaderEpoch,
        final long highWatermark,
        final long logStart,
        final DirectBuffer buffer,
        final int index,
        final int length)
    {
        final ConsumePartition partition = bySubscription.get(subscriptionId);
        if (null == partition)
        {
            owner.onStalePush();
            isResumable = false;
            return true;
        }

        if (owner.isWaiting())
        {
            detach(partition);
            partition.state = State.SUBSCRIBE;
            isResumable = false;
            return true;
        }

        partition.highWatermark = highWatermark;
        partition.logStart = logStart;
        if (!isResumable || buffer != messageBuffer || index != messageIndex || subscriptionId != messageSubscription)
        {
            messageBuffer = buffer;
            messageIndex = index;
            messageSubscription = subscriptionId;
            batchIndex = index;
            isInBatch = false;
            isRecordPending = false;
        }

        final boolean isConsumed = deliver(partition, buffer, index + length);
        isResumable = !isConsumed;
        return isConsumed;
    }

    private boolean deliver(final ConsumePartition partition, final DirectBuffer buffer, final int end)
    {
        // where the sink throws, the message comes again and is taken up here
        isResumable = true;
        while (batchIndex < end)
        {
            if (!isInBatch && !enterBatch(partition, buffer, end))
            {
                if (State.STREAMING != partition.state)
                {
                    return true;
                }
                continue;
            }

            while (isRecordPending || nextRecord(partition, end))
            {
                isRecordPending = true;
                if (!owner.mayDeliver())
                {
                    return false;
                }
                sink.onRecord(partition, reader.record());
                isRecordPending = false;
                owner.onDelivered();
                if (partition.subscriptionId != messageSubscription)
                {
                    // the handler moved the position itself
                    return true;
                }
                partition.position = reader.record().offset() + 1;
                partition.lastEpoch = reader.record().leaderEpoch();
            }
            if (State.STREAMING != partition.state)
            {
                return true;
            }

            isInBatch = false;
            partition.position =
                Math.max(partition.position, RecordBatchDescriptor.nextOffset(buffer, batchIndex));
            batchIndex += RecordBatchDescriptor.length(buffer, batchIndex);
        }
        return true;
    }

    /** @return false where the batch was passed over, or the subscription ended over it. */
    private boolean enterBatch(final ConsumePartition partition, final DirectBuffer buffer, final int end)
    {
        final int index = batchIndex;
        final int length = reader.length(buffer, index, end - index);
        if (length < 0)
        {
            return fail(partition, length);
        }

        final long nextOffset = RecordBatchDescriptor.nextOffset(buffer, index);
        if (nextOffset <= partition.position)
        {
            batchIndex += length;
            return false;
        }
        if (RecordBatchDescriptor.baseOffset(buffer, index) > partition.position)
        {
            owner.onGap();
            detach(partition);
            partition.state = State.SUBSCRIBE;
            return false;
        }

        final int result = reader.enter(buffer, index, length);
        if (result < 0)
        {
            return fail(partition, result);
        }

        partition.failure = 0;
        if (0 != (RecordBatchDescriptor.attributes(buffer, index) & RecordBatchDescriptor.CONTROL_FLAG))
        {
            partition.position = nextOffset;
            batchIndex += length;
            return false;
        }
        isInBatch = true;
        return true;
    }

    private boolean nextRecord(final ConsumePartition partition, final int end)
    {
        final int result = reader.next(partition.position, end);
        return result >= 0 ? 1 == result : fail(partition, result);
    }

    private boolean fail(final ConsumePartition partition, final int code)
    {
        detach(partition);
        isInBatch = false;
        partition.failure = code;
        owner.onFailed(code);
        final ResultCode result = ResultCode.get(code);
        if (null != result && result.retriable())
        {
            partition.isRetryTimeKnown = false;
            partition.state = State.WAITING;
        }
        else
        {
            partition.state = State.FAILED;
        }
        return false;
    }

    @Override
    public void onEnd(
        final int subscriptionId,
        final int code,
        final int leaderEpoch,
        final int divergedEpoch,
        final long divergedEnd)
    {
        final ConsumePartition partition = bySubscription.remove(subscriptionId);
        if (null == partition)
        {
            return;
        }

        partition.subscriptionId = 0;
        if (ResultCode.OFFSET_OUT_OF_RANGE.code() == code && owner.resets())
        {
            partition.position = -1;
            partition.lastEpoch = -1;
            partition.resolveTimestamp = owner.resetTimestamp();
            partition.state = State.RESOLVE;
        }
        else
        {
            fail(partition, code < 0 ? code : ResultCode.INTERNAL.code());
        }
    }

    @Override
    public void onMalformed()
    {
        owner.onMalformed();
    }

    @Override
    public void onOffsets(final long correlationId, final int code, final int leaderEpoch, final long offset)
    {
        for (int i = queries.size() - 1; i >= 0; i--)
        {
            final OffsetQuery query = queries.get(i);
            if (query.isSent && query.correlationId == correlationId)
            {
                query.complete(code, offset);
                queries.remove(i);
                return;
            }
        }
    }
}
