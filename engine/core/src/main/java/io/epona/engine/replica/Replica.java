package io.epona.engine.replica;

import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.log.PartitionLog;

import java.util.List;

/**
 * One replica of a partition, to look at from outside: role, positions, what it knows of the others. Owned by the
 * shard's thread, which is also the only one to look.
 */
public final class Replica
{
    private final PartitionLog log;
    private PartitionState state;
    private int version = -1;
    private int leaderEpoch = -1;
    private Role role = Role.IDLE;

    Replica(final PartitionLog log)
    {
        this.log = log;
    }

    /**
     * @return id of the topic.
     */
    public long topicId()
    {
        return log.topicId();
    }

    /**
     * @return number of the partition.
     */
    public int partition()
    {
        return log.partition();
    }

    /**
     * @return the local log.
     */
    public PartitionLog log()
    {
        return log;
    }

    /**
     * @return what it does.
     */
    public Role role()
    {
        return role;
    }

    /**
     * @return how far it has come with that.
     */
    public Phase phase()
    {
        return Phase.RUNNING;
    }

    /**
     * @return greatest leader epoch that it acted on, -1 for none. Never falls.
     */
    public int leaderEpoch()
    {
        return leaderEpoch;
    }

    /**
     * @return the newest state that it knows, or null.
     */
    public PartitionState state()
    {
        return state;
    }

    /**
     * @return version of that state, -1 for none.
     */
    public int version()
    {
        return version;
    }

    /**
     * @return first offset that is not known to be committed.
     */
    public long highWatermark()
    {
        return log.highWatermark();
    }

    /**
     * @return next offset to be written.
     */
    public long logEnd()
    {
        return log.logEnd();
    }

    /**
     * @return first offset kept.
     */
    public long logStart()
    {
        return log.logStart();
    }

    /**
     * @return a leader's log end when it became leader of its epoch, -1 for others.
     */
    public long leaderEpochStart()
    {
        return -1;
    }

    /**
     * @return in-sync replicas as a leader knows them; empty for others.
     */
    public List<Member> isr()
    {
        return List.of();
    }

    /**
     * @return those that a leader counts for the high watermark: the in-sync replicas and one that is proposed; empty
     *         for others.
     */
    public List<Member> effectiveIsr()
    {
        return List.of();
    }

    /**
     * @return appends that wait for the high watermark.
     */
    public int parkedCount()
    {
        return 0;
    }

    /**
     * May a consumer go on here?
     *
     * @param offset of the next record that it wants.
     * @param epoch  leader epoch of the last record that it had, -1 where it had none.
     * @return 0 to read up to the high watermark; NOT_LEADER, LOADING; TRUNCATED where its records are not those of
     *         this log: {@link #endOffsetFor} says where they part; OFFSET_OUT_OF_RANGE.
     */
    public int checkFetch(final long offset, final int epoch)
    {
        return 0;
    }

    /**
     * @param epoch of a record elsewhere.
     * @return offset at which the greatest epoch of this log that is not above it ends.
     */
    public long endOffsetFor(final int epoch)
    {
        return -1;
    }
}
