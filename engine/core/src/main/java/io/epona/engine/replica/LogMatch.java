package io.epona.engine.replica;

import io.epona.codecs.replication.SyncCode;
import io.epona.engine.log.ReplicatedLog;

/**
 * Where a follower's log parts from the leader's: the leader's verdict on a FollowerState. After Kafka's KIP-101 and
 * KIP-279, with the follower naming several of its epochs so that one round mostly does. Owned by the shard's thread;
 * a judgement holds until the next one.
 */
final class LogMatch
{
    private static final int TAIL_MAX = 8;

    private final ProtocolMutation mutation;
    private final int[] tailEpochs = new int[TAIL_MAX];
    private int tailCount;
    private int divEpoch;
    private long divEnd;

    // The leader's.
    private ReplicatedLog epochs;
    private int ownEpoch;
    private long ownStart;
    private long leaderEnd;

    LogMatch(final ProtocolMutation mutation)
    {
        this.mutation = mutation;
    }

    /** Forget the epochs of the follower before. */
    void beginTail()
    {
        tailCount = 0;
    }

    /** The next higher epoch of which the follower has batches. */
    void addTail(final int epoch)
    {
        if (tailCount < TAIL_MAX)
        {
            tailEpochs[tailCount++] = epoch;
        }
    }

    /**
     * The leader's side. Its own epoch counts from where it began to lead, whether there are batches of it yet or not.
     *
     * @param log       of the leader.
     * @param epoch     that it leads in.
     * @param start     its log end when it began to.
     * @param logEndNow its log end.
     */
    void leader(final ReplicatedLog log, final int epoch, final long start, final long logEndNow)
    {
        epochs = log;
        ownEpoch = epoch;
        ownStart = start;
        leaderEnd = logEndNow;
    }

    /**
     * Judge a follower.
     *
     * @param leaderStart of the leader.
     * @param logEnd      of the follower.
     * @param lastEpoch   of the follower's last batch, -1 where it has none.
     * @return OK; DIVERGED with {@link #divEpoch()} and {@link #divEnd()}; BELOW_START where nothing of the follower's
     *         log is of use: it ends below the leader's start, or it has no epoch that the leader still knows, and one
     *         that is earlier than all of these; or null where the follower has more of the leader's own epoch than
     *         the leader.
     */
    SyncCode judge(final long leaderStart, final long logEnd, final int lastEpoch)
    {
        divEpoch = -1;
        divEnd = -1;
        if (logEnd < leaderStart)
        {
            return SyncCode.BELOW_START;
        }
        if (lastEpoch < 0)
        {
            return logEnd <= leaderEnd ? SyncCode.OK : SyncCode.BELOW_START;
        }

        final int floor = floor(lastEpoch);
        if (floor < 0)
        {
            // All that the leader has is of later epochs. At its very start nothing can differ but what was not
            // compared, so the follower begins anew there rather than to keep that.
            return ProtocolMutation.M27 == mutation && logEnd <= leaderStart ? SyncCode.OK : SyncCode.BELOW_START;
        }

        final long end = end(floor);
        if (lastEpoch == epoch(floor) && logEnd <= end)
        {
            return SyncCode.OK;
        }
        if (lastEpoch == ownEpoch && lastEpoch == epoch(floor))
        {
            return null;
        }

        // Where all that the leader has is of later epochs than the earliest of the follower's, and of none of the
        // others, it begins anew: cut to its own start it would end below the leader's.
        return diverge(floor) ? SyncCode.DIVERGED : SyncCode.BELOW_START;
    }

    /**
     * Find the greatest epoch that both have, as far as the follower told; else the leader's below all that it told.
     * False where there is neither.
     */
    private boolean diverge(final int floorOfLast)
    {
        int common = floorOfLast;
        if (tailCount > 0 && ProtocolMutation.M2 != mutation)
        {
            int i = tailCount - 1;
            common = floor(tailEpochs[i]);
            while (common >= 0 && epoch(common) != tailEpochs[i] && i > 0)
            {
                i--;
                common = floor(tailEpochs[i]);
            }
        }
        if (common < 0)
        {
            return false;
        }

        divEpoch = epoch(common);
        divEnd = end(common);
        return true;
    }

    int divEpoch()
    {
        return divEpoch;
    }

    long divEnd()
    {
        return divEnd;
    }

    private boolean isOwnApart()
    {
        final int known = epochs.epochCount();
        return !isOwnMissing() && (0 == known || epochs.epoch(known - 1) != ownEpoch);
    }

    /** As planted. The epoch of a log that begins with it is known without an entry. */
    private boolean isOwnMissing()
    {
        return ProtocolMutation.M6 == mutation && ownStart > 0;
    }

    /** Number of entries: epochs with batches, and the own one. */
    private int count()
    {
        final int known = epochs.epochCount();
        if (isOwnMissing() && known > 0 && epochs.epoch(known - 1) == ownEpoch)
        {
            return known - 1;
        }

        return isOwnApart() ? known + 1 : known;
    }

    private int epoch(final int i)
    {
        return i == epochs.epochCount() ? ownEpoch : epochs.epoch(i);
    }

    private long start(final int i)
    {
        return i == epochs.epochCount() ? ownStart : epochs.epochStart(i);
    }

    private long end(final int i)
    {
        return i + 1 < count() ? start(i + 1) : leaderEnd;
    }

    private int floor(final int epoch)
    {
        int i = count() - 1;
        while (i >= 0 && epoch(i) > epoch)
        {
            i--;
        }

        return i;
    }
}
