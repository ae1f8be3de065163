package io.epona.engine.replica;

import io.epona.engine.cluster.PartitionOp;

/**
 * A leadership that is being given up: asked for on every version of its epoch, until the epoch is over. Owned by the
 * shard's thread.
 */
final class Resignation
{
    private static final int NOT_ASKED = -1;

    private final Replica replica;
    private final ShardState shard;
    private boolean isUnderWay;
    private boolean isLogGood;
    private int askedVersion;
    private long begunNs;
    private boolean wasBegun;

    Resignation(final Replica replica, final ShardState shard)
    {
        this.replica = replica;
        this.shard = shard;
    }

    /** Whether the last one is long enough ago for another that is made for silent links. */
    boolean mayRepeat()
    {
        return !wasBegun || shard.nowNs() - begunNs >= shard.ctx.resignIntervalNs();
    }

    /** The leader has stopped. */
    void begin(final boolean isLogStillGood)
    {
        shard.mark(Mark.RESIGNED);
        isUnderWay = true;
        isLogGood = isLogStillGood;
        askedVersion = NOT_ASKED;
        begunNs = shard.nowNs();
        wasBegun = true;
    }

    /** The epoch is over. */
    void end()
    {
        isUnderWay = false;
    }

    int doWork()
    {
        if (!isWorkLeft() || !shard.isConnected())
        {
            return 0;
        }

        askedVersion = replica.version();
        shard.ctx.proposals().propose(
            replica.topicId(), replica.partition(), askedVersion, new PartitionOp.Resign(isLogGood));
        return 1;
    }

    boolean isWorkLeft()
    {
        return isUnderWay && askedVersion != replica.version();
    }
}
