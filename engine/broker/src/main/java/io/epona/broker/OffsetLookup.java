package io.epona.broker;

import io.epona.broker.host.HostedPartition;
import io.epona.codecs.ResultCode;
import io.epona.engine.PartitionReader;

/**
 * Answers ListOffsets. A search by time that waits for the disk is gone on with in later cycles: the agent never waits.
 * <p>
 * Owned by one thread.
 */
final class OffsetLookup
{
    static final long LATEST = -1;
    static final long EARLIEST = -2;
    static final long NONE = -1;

    private PartitionReader reader;
    private long sought;
    private long offset;
    private long foundTimestamp;
    private int code;

    /**
     * Find an offset; the result is read from {@link #code()}, {@link #offset()} and {@link #timestamp()}, once it is
     * there: see {@link #isWaiting()}.
     *
     * @param partition to look in, or null where there is none: UNKNOWN_TOPIC.
     * @param timestamp epoch ns, or {@link #LATEST}, {@link #EARLIEST}.
     */
    void find(final HostedPartition partition, final long timestamp)
    {
        close();
        code = 0;
        offset = NONE;
        foundTimestamp = NONE;
        if (null == partition)
        {
            code = ResultCode.UNKNOWN_TOPIC.code();
        }
        else if (partition.readRefusal() < 0)
        {
            code = partition.readRefusal();
        }
        else if (LATEST == timestamp)
        {
            final long latest = partition.latestOffset();
            code = (int)Math.min(0, latest);
            offset = Math.max(NONE, latest);
        }
        else if (EARLIEST == timestamp)
        {
            offset = partition.logStart();
        }
        else if (timestamp < 0)
        {
            code = ResultCode.INVALID_CONFIG.code();
        }
        else
        {
            reader = partition.newReader();
            sought = timestamp;
            resume();
        }
    }

    /**
     * @return whether the search is to be resumed later.
     */
    boolean isWaiting()
    {
        return null != reader;
    }

    /**
     * Go on with a search that waits, as far as that is possible.
     */
    void resume()
    {
        final long found = reader.offsetForTimestamp(sought);
        if (ResultCode.BACK_PRESSURED.code() != found)
        {
            code = found < PartitionReader.NO_OFFSET ? (int)found : 0;
            offset = Math.max(NONE, found);
            foundTimestamp = offset >= 0 ? reader.foundTimestampNs() : NONE;
            close();
        }
    }

    /**
     * Give up a search that waits. Idempotent.
     */
    void close()
    {
        if (null != reader)
        {
            reader.close();
            reader = null;
        }
    }

    /**
     * @return 0, or a negative code.
     */
    int code()
    {
        return code;
    }

    /**
     * @return the offset found, {@link #NONE} where no record is that young.
     */
    long offset()
    {
        return offset;
    }

    /**
     * @return time of what was found by time, as readers are told it, else {@link #NONE}.
     */
    long timestamp()
    {
        return foundTimestamp;
    }
}
