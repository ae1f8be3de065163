package io.epona.engine.replica;

import io.epona.codecs.ResultCode;
import io.epona.engine.log.ReplicatedLog;

/**
 * What a leader lets consumers read. Owned by the shard's thread.
 */
final class FetchCheck
{
    private final Replica replica;
    private final ShardState shard;

    FetchCheck(final Replica replica, final ShardState shard)
    {
        this.replica = replica;
        this.shard = shard;
    }

    /** See {@link Replica#checkFetch}. */
    int check(final Leader leader, final long offset, final int fetchEpoch)
    {
        if (leader.isSilenced())
        {
            return ResultCode.NOT_LEADER.code();
        }
        if (leader.isLoading())
        {
            return ResultCode.LOADING.code();
        }
        if (fetchEpoch > replica.leaderEpoch())
        {
            return ResultCode.UNKNOWN_EPOCH.code();
        }
        if (fetchEpoch >= 0 && offset >= replica.logStart())
        {
            final ReplicatedLog log = replica.log().replicated();
            final int floor = log.floorOfEpoch(fetchEpoch);
            final boolean isKnown = floor >= 0 && fetchEpoch == log.epoch(floor);
            // Older than all that is known: its records were kept no longer than to the log start.
            final boolean isApart =
                isKnown ? offset > replica.endOffsetFor(fetchEpoch) : floor >= 0 || offset > replica.logStart();
            if (isApart && shard.decides(Mark.FETCH_DIVERGED))
            {
                return ResultCode.TRUNCATED.code();
            }
        }
        if (offset < replica.logStart() || offset > replica.logEnd())
        {
            return ResultCode.OFFSET_OUT_OF_RANGE.code();
        }
        if (offset > replica.highWatermark())
        {
            shard.mark(Mark.FETCH_ABOVE_HW);
        }

        return 0;
    }

    /** See {@link Replica#latestOffset}. */
    long latestOffset(final Leader leader)
    {
        if (leader.isSilenced())
        {
            return ResultCode.NOT_LEADER.code();
        }
        if (leader.isLoading() ||
            replica.highWatermark() < leader.epochStart() && shard.decides(Mark.FETCH_LATEST_NOT_AVAILABLE))
        {
            return ResultCode.LOADING.code();
        }

        return replica.highWatermark();
    }

    /** See {@link Replica#endOffsetFor}. */
    long endOffsetFor(final int epoch)
    {
        final ReplicatedLog log = replica.log().replicated();
        final int floor = log.floorOfEpoch(epoch);
        return floor < 0 ? replica.logStart() :
            floor + 1 < log.epochCount() ? log.epochStart(floor + 1) : replica.logEnd();
    }
}
