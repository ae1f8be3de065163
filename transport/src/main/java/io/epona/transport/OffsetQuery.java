package io.epona.transport;

import io.epona.codecs.ResultCode;

/**
 * A question for an offset and its answer. Owned by the consumer's thread.
 */
public final class OffsetQuery
{
    final long topicId;
    final int partition;
    final long timestamp;
    final long deadlineNs;
    long correlationId;
    boolean isSent;
    private boolean isDone;
    private int code;
    private long offset = -1;

    OffsetQuery(final long topicId, final int partition, final long timestamp, final long deadlineNs)
    {
        this.topicId = topicId;
        this.partition = partition;
        this.timestamp = timestamp;
        this.deadlineNs = deadlineNs;
    }

    /**
     * @return whether {@link #code()} and {@link #offset()} mean something.
     */
    public boolean isDone()
    {
        return isDone;
    }

    /**
     * @return 0, or a {@link ResultCode} number.
     */
    public int code()
    {
        return code;
    }

    /**
     * @return the offset that was asked for, -1 where there is none.
     */
    public long offset()
    {
        return offset;
    }

    void complete(final int code, final long offset)
    {
        this.isDone = true;
        this.code = code;
        this.offset = offset;
    }
}
