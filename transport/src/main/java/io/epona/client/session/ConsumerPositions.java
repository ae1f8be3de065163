package io.epona.client.session;

import io.epona.client.session.ConsumerMachine.Reset;
import io.epona.client.session.ConsumerPartition.State;
import io.epona.codecs.ResultCode;

/**
 * Where the partitions of a consumer go on: at an offset, where the leader says that an end of the log is, at the
 * common part with a log that was cut, or nowhere until a seek. Changes what a partition is to do next and never its
 * subscription, which is over when this is asked. Owned by the machine's thread.
 */
final class ConsumerPositions
{
    private final Reset reset;
    private final ConsumeListener listener;

    ConsumerPositions(final Reset reset, final ConsumeListener listener)
    {
        this.reset = reset;
        this.listener = listener;
    }

    /** Go on where the reset policy says. */
    void resolve(final ConsumerPartition partition)
    {
        resolve(partition, resetTimestamp(), 0);
    }

    /** Go on where the leader says that a time or an end of the log is. */
    void resolve(final ConsumerPartition partition, final long timestamp)
    {
        resolve(partition, timestamp, 0);
    }

    private void resolve(final ConsumerPartition partition, final long timestamp, final int resetCode)
    {
        partition.resetCode = resetCode;
        partition.resetFrom = partition.position;
        partition.timestamp = timestamp;
        partition.position = -1;
        partition.epochs.clear();
        partition.failure = 0;
        partition.state = State.RESOLVE;
    }

    void moveTo(final ConsumerPartition partition, final long offset)
    {
        partition.position = offset;
        partition.failure = 0;
        partition.state = State.SUBSCRIBE;
    }

    /** The leader told the offset that was asked for. */
    void onResolved(final ConsumerPartition partition, final long offset)
    {
        final int resetCode = partition.resetCode;
        partition.backoff.end();
        moveTo(partition, offset);
        if (0 != resetCode)
        {
            partition.resetCode = 0;
            listener.onReset(partition, resetCode, partition.resetFrom, offset);
        }
    }

    /** The log does not have the position. */
    void outOfRange(final ConsumerPartition partition, final int code)
    {
        if (Reset.FAIL == reset)
        {
            fail(partition, code);
        }
        else
        {
            resolve(partition, resetTimestamp(), code);
        }
    }

    void retryLater(final ConsumerPartition partition, final long nowNs)
    {
        partition.backoff.begin(nowNs);
        partition.clientTopic.want();
    }

    /** A leader refused, with a code for which no other rule is. */
    void retryOrFail(
        final ConsumerPartition partition, final int code, final boolean isForceRetry, final long nowNs)
    {
        final ResultCode result = ResultCode.get(code);
        if (ResultCode.UNKNOWN_TOPIC == result)
        {
            // a broker may hear of a new topic later than this client: it is gone where the metadata says so too
            partition.isTopicRefused = true;
            retryLater(partition, nowNs);
        }
        else if (isForceRetry || null != result && (result.retriable() || ResultCode.PARTITION_FENCED == result))
        {
            partition.failure = code;
            retryLater(partition, nowNs);
        }
        else
        {
            fail(partition, code);
        }
    }

    /** The leader's log does not have what was consumed, from {@code divergedEnd} on or before it. */
    void onCut(
        final ConsumerPartition partition,
        final int divergedEpoch,
        final long divergedEnd,
        final boolean isHeardOf,
        final long nowNs)
    {
        final long from = partition.position;
        final int code = ResultCode.TRUNCATED.code();
        if (divergedEnd < 0)
        {
            if (isHeardOf && partition.lastEpoch() >= 0)
            {
                // cut while it was read: the next subscribe is told whether that concerns this position
                retryLater(partition, nowNs);
            }
            else
            {
                outOfRange(partition, code);
            }
            return;
        }

        long to = Math.min(divergedEnd, partition.epochs.endOf(divergedEpoch, from));
        if (to >= from)
        {
            // that leaves one reason to refuse the position: the leader's log has nothing of its epoch
            to = partition.epochs.lastStart();
        }
        if (to < 0)
        {
            outOfRange(partition, code);
            return;
        }
        partition.epochs.truncate(to);
        partition.position = to;
        listener.onTruncated(partition, from, to);
        if (Reset.FAIL == reset && State.SUBSCRIBE == partition.state && to == partition.position)
        {
            fail(partition, code);
        }
    }

    private void fail(final ConsumerPartition partition, final int code)
    {
        partition.failure = code;
        partition.state = State.FAILED;
        listener.onFailed(partition, code);
    }

    private long resetTimestamp()
    {
        return Reset.EARLIEST == reset ? ConsumerMachine.EARLIEST : ConsumerMachine.LATEST;
    }
}
