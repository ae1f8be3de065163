package io.epona.broker;

import io.aeron.Publication;
import io.epona.broker.host.BrokerHost;
import io.epona.broker.host.HostedPartition;
import io.epona.codecs.ResultCode;
import io.epona.engine.PartitionReader;
import io.epona.transport.InprocConnection;
import io.epona.transport.PushSource;
import org.agrona.DirectBuffer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Pushes for a consumer in the same JVM: no copy, the consumer reads the mapped logs itself, on its own thread.
 * <p>
 * Owned by the consumer's thread.
 */
final class InprocPushSource implements PushSource, PartitionReader.BatchesHandler
{
    private static final int MAX_RANGE = 256 * 1024;
    private static final int MAX_ANSWERS = 1024;

    private record Answer(long correlationId, int code, int leaderEpoch, long offset)
    {
    }

    private final List<Subscription> subscriptions = new ArrayList<>();
    private final ArrayDeque<Answer> answers = new ArrayDeque<>();
    private final OffsetLookup lookup = new OffsetLookup();
    private final BrokerHost host;
    private final SessionTable sessions;
    private final InprocConnection connection;
    private final long token;
    private Handler handler;
    private long soughtTopicId;
    private int soughtPartition;
    private int soughtEpoch;
    private long sought;
    private Subscription current;
    private int nextTurn;
    private boolean isRefused;
    private boolean isClosed;

    InprocPushSource(
        final BrokerHost host, final SessionTable sessions, final long token, final InprocConnection connection)
    {
        this.host = host;
        this.sessions = sessions;
        this.token = token;
        this.connection = connection;
    }

    @Override
    public int poll(final long nowNs)
    {
        return 0;
    }

    @Override
    public boolean isOpen()
    {
        return !isClosed && connection.isOpen() && SessionTable.contains(sessions.snapshot(), token);
    }

    @Override
    public boolean isClosed()
    {
        return !isOpen();
    }

    @Override
    public long subscribe(
        final int subscriptionId,
        final long topicId,
        final int partition,
        final long startOffset,
        final int lastEpoch)
    {
        if (!isOpen())
        {
            return Publication.CLOSED;
        }
        for (int i = subscriptions.size() - 1; i >= 0; i--)
        {
            final Subscription old = subscriptions.get(i);
            if (old.topicId() == topicId && old.partitionIndex() == partition)
            {
                remove(i);
            }
        }
        subscriptions.add(Subscription.open(
            subscriptionId, topicId, partition, find(topicId, partition), startOffset, lastEpoch, 0));
        return 0;
    }

    private HostedPartition find(final long topicId, final int partition)
    {
        return partition < 0 ? null : host.partition(topicId, partition);
    }

    @Override
    public long unsubscribe(final int subscriptionId)
    {
        for (int i = subscriptions.size() - 1; i >= 0; i--)
        {
            if (subscriptions.get(i).subscriptionId() == subscriptionId)
            {
                remove(i);
            }
        }
        return 0;
    }

    private void remove(final int at)
    {
        subscriptions.remove(at).close();
    }

    @Override
    public long listOffsets(
        final long correlationId, final long topicId, final int partition, final long timestamp)
    {
        if (!isOpen())
        {
            return Publication.CLOSED;
        }
        if (answers.size() >= MAX_ANSWERS)
        {
            return Publication.BACK_PRESSURED;
        }
        if (lookup.isWaiting() && topicId == soughtTopicId && partition == soughtPartition && timestamp == sought)
        {
            lookup.resume();
        }
        else
        {
            // One search at a time: a request that is repeated goes on with its own, another one takes its place.
            final HostedPartition found = find(topicId, partition);
            lookup.find(found, timestamp);
            soughtEpoch = null == found ? -1 : found.leaderEpoch();
            soughtTopicId = topicId;
            soughtPartition = partition;
            sought = timestamp;
        }
        if (lookup.isWaiting())
        {
            return Publication.BACK_PRESSURED;
        }
        answers.add(new Answer(correlationId, lookup.code(), soughtEpoch, lookup.offset()));
        return 0;
    }

    @Override
    public int poll(final Handler handler, final int limit)
    {
        if (isClosed)
        {
            return 0;
        }

        int count = 0;
        while (count < limit && !answers.isEmpty())
        {
            final Answer answer = answers.poll();
            handler.onOffsets(answer.correlationId, answer.code, answer.leaderEpoch, answer.offset);
            count++;
        }

        this.handler = handler;
        isRefused = false;
        int idleTurns = 0;
        while (count < limit && idleTurns < subscriptions.size() && !isRefused)
        {
            nextTurn = nextTurn >= subscriptions.size() ? 0 : nextTurn;
            if (pollOne(subscriptions.get(nextTurn)))
            {
                count++;
                idleTurns = 0;
            }
            else
            {
                idleTurns++;
            }
            nextTurn++;
        }

        return count;
    }

    private boolean pollOne(final Subscription subscription)
    {
        if (0 == subscription.endCode() && subscription.isReadable())
        {
            // Asked even where the watermark stands: the reader knows whether the topic is still there.
            current = subscription;
            final int bytes = subscription.reader().pollBatches(this, MAX_RANGE);
            if (bytes < 0)
            {
                subscription.end(subscription.partition().endCode(bytes));
            }
            if (0 == subscription.endCode())
            {
                return bytes > 0;
            }
        }
        if (0 == subscription.endCode())
        {
            return false;
        }

        final HostedPartition partition = subscription.partition();
        final int endCode = subscription.endCode();
        final boolean isKnown = null != partition && ResultCode.CLOSED.code() != endCode;
        remove(subscriptions.indexOf(subscription));
        handler.onEnd(
            subscription.subscriptionId(),
            endCode,
            isKnown ? partition.leaderEpoch() : -1,
            subscription.divergedEpoch(),
            subscription.divergedEnd());
        return true;
    }

    @Override
    public boolean onBatches(
        final DirectBuffer buffer, final int index, final int length, final long baseOffset, final long nextOffset)
    {
        final HostedPartition partition = current.partition();
        final boolean isTaken = handler.onBatches(
            current.subscriptionId(),
            partition.leaderEpoch(),
            partition.highWatermark(),
            partition.logStart(),
            buffer,
            index,
            length);
        isRefused = !isTaken;
        return isTaken;
    }

    @Override
    public void close()
    {
        isClosed = true;
        lookup.close();
        for (int i = subscriptions.size() - 1; i >= 0; i--)
        {
            remove(i);
        }
        answers.clear();
    }
}
