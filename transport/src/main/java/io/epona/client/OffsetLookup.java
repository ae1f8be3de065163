package io.epona.client;

import io.epona.codecs.ResultCode;
import io.epona.transport.PushSource;

/**
 * One question at a time for an offset of any partition, assigned or not. Owned by the consumer's thread.
 */
final class OffsetLookup
{
    private final ConsumerDriver driver;
    private final BrokerLinks<PushSource> links;
    private final long timeoutNs;
    /** Below 0: those above are the machine's. */
    private long correlationId = -1;
    private int brokerId;
    private boolean isSent;
    private boolean isDone;
    private long deadlineNs;
    private int code;
    private long offset;

    OffsetLookup(final ConsumerDriver driver, final BrokerLinks<PushSource> links, final long timeoutNs)
    {
        this.driver = driver;
        this.links = links;
        this.timeoutNs = timeoutNs;
    }

    /** Begin anew. */
    void begin(final long nowNs)
    {
        correlationId--;
        isSent = false;
        isDone = false;
        deadlineNs = nowNs + timeoutNs;
    }

    /** Ask the leader, once there is a lane to it. @return whether there is an answer, or none came in time. */
    boolean poll(final ClusterMetadata.Topic topic, final int partition, final long timestamp, final long nowNs)
    {
        if (!isDone && !isSent)
        {
            final int leader = topic.leaders()[partition];
            final int shard = driver.shardOf(leader, topic.topicId(), partition);
            if (shard >= 0 && links.isOpen(leader, topic.topicId(), partition))
            {
                brokerId = leader;
                isSent = driver.listOffsets(leader, shard, correlationId, topic.topicId(), partition, timestamp);
            }
        }
        if (!isDone && nowNs - deadlineNs >= 0)
        {
            complete(ResultCode.TIMED_OUT.code(), -1);
        }
        return isDone;
    }

    /** @return whether the answer was to this question. */
    boolean onAnswer(final long answeredId, final int answeredCode, final long answeredOffset)
    {
        if (answeredId >= 0)
        {
            return false;
        }
        if (isSent && !isDone && answeredId == correlationId)
        {
            complete(answeredCode, answeredOffset);
        }
        return true;
    }

    /** What was asked there will not be answered. */
    void onLost(final int lostId)
    {
        if (lostId == brokerId)
        {
            isSent = false;
        }
    }

    int code()
    {
        return code;
    }

    long offset()
    {
        return offset;
    }

    private void complete(final int resultCode, final long resultOffset)
    {
        isDone = true;
        code = resultCode;
        offset = resultOffset;
    }
}
