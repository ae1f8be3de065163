package io.epona.engine.node;

import io.epona.codecs.ResultCode;

/**
 * The answer to a fetch, filled anew by each one. Owned by the caller of {@link NodeShard#fetch}.
 */
public final class FetchResult
{
    private int code;
    private int divergedEpoch;
    private long divergedEnd;
    private long highWatermark;
    private long logStart;
    private int leaderEpoch;

    void set(final int newCode, final int newLeaderEpoch, final long newHighWatermark, final long newLogStart)
    {
        code = newCode;
        leaderEpoch = newLeaderEpoch;
        highWatermark = newHighWatermark;
        logStart = newLogStart;
        divergedEpoch = -1;
        divergedEnd = -1;
    }

    void diverged(final int epoch, final long end)
    {
        code = ResultCode.TRUNCATED.code();
        divergedEpoch = epoch;
        divergedEnd = end;
    }

    /**
     * @return bytes handed over; 0 where nothing is committed behind the offset, or it is not in memory yet: ask again;
     *         NOT_LEADER, UNKNOWN_TOPIC; OFFSET_OUT_OF_RANGE; TRUNCATED where the record before the offset is not the
     *         one that the caller has read ({@link #divergedEnd()}); NOT_CONNECTED while the broker starts or stops.
     */
    public int code()
    {
        return code;
    }

    /**
     * @return where the code is TRUNCATED: the greatest epoch of this log that is not above the caller's, -1
     *         where all are.
     */
    public int divergedEpoch()
    {
        return divergedEpoch;
    }

    /**
     * @return where the code is TRUNCATED: where that epoch ends in this log, at or below the caller's offset.
     */
    public long divergedEnd()
    {
        return divergedEnd;
    }

    /**
     * @return first offset that is not committed, -1 where this broker does not lead.
     */
    public long highWatermark()
    {
        return highWatermark;
    }

    /**
     * @return first offset kept, -1 where this broker does not lead.
     */
    public long logStart()
    {
        return logStart;
    }

    /**
     * @return epoch in which this broker leads, or the greatest that it knows; -1 where it knows none.
     */
    public int leaderEpoch()
    {
        return leaderEpoch;
    }
}
