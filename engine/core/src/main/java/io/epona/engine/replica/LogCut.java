package io.epona.engine.replica;

import io.epona.engine.log.LogTruncation;
import io.epona.engine.log.PartitionLog;

/**
 * A cut of the log that the housekeeper makes. It is made whatever becomes of the role that asked for it: the next role
 * waits for it. Owned by the shard's thread.
 */
final class LogCut
{
    private final PartitionLog log;
    private LogTruncation request;
    private boolean isForFormerRole;
    private long result;

    LogCut(final PartitionLog log)
    {
        this.log = log;
    }

    boolean isUnderWay()
    {
        return null != request;
    }

    /** Whether the role that asked for it is over. */
    boolean isForFormerRole()
    {
        return isForFormerRole;
    }

    void begin(final long offset, final boolean isReset)
    {
        isForFormerRole = false;
        request = isReset ? log.reset(offset) : log.truncate(offset);
    }

    /** The role ends; tells whether a cut is under way. */
    boolean leaveToNextRole()
    {
        isForFormerRole = null != request;
        return isForFormerRole;
    }

    /** Whether it has just ended. */
    boolean poll()
    {
        if (null == request || !request.poll())
        {
            return false;
        }

        result = request.result();
        request = null;
        return true;
    }

    /** Log end after the last one, or a negative code. */
    long result()
    {
        return result;
    }
}
