package io.epona.loadgen.driver;

import io.epona.engine.cluster.PartitionState;
import org.agrona.concurrent.NanoClock;

import java.util.List;
import java.util.function.Supplier;

/**
 * Sees how a cluster gets well again after a fault: other leaders, acknowledgements by them, and all replicas in sync.
 * <p>
 * Owned by the thread of the faults.
 */
public final class RecoveryWatch
{
    /** What has not been seen. */
    public static final long NOT_SEEN = -1;

    private final NanoClock clock;
    private final Supplier<List<PartitionState>> states;
    private final AckTimes acks;
    private final List<PartitionState> before;
    private final List<Integer> hit;
    private final boolean isLeaderGone;
    private long electedNs = NOT_SEEN;
    private long backNs = NOT_SEEN;
    private long ackedNs = NOT_SEEN;
    private long inSyncNs = NOT_SEEN;

    /**
     * Begin to look, as soon as the fault is there.
     *
     * @param clock        of all times.
     * @param states       of all partitions now; null where they are not known.
     * @param acks         of its partitions.
     * @param before       states before the fault.
     * @param hit          partitions that the fault concerns, those that its target led.
     * @param isLeaderGone whether these have to be led in a higher epoch before they count as led again.
     */
    public RecoveryWatch(
        final NanoClock clock,
        final Supplier<List<PartitionState>> states,
        final AckTimes acks,
        final List<PartitionState> before,
        final List<Integer> hit,
        final boolean isLeaderGone)
    {
        this.clock = clock;
        this.states = states;
        this.acks = acks;
        this.before = before;
        this.hit = hit;
        this.isLeaderGone = isLeaderGone;
        electedNs = isLeaderGone ? NOT_SEEN : clock.nanoTime();
    }

    /**
     * The target stood still or was cut off, and goes on as it was. Where that took less than its session, and nobody
     * waited for it, there is no other leader and none will come: what is acknowledged from now on is enough.
     */
    public void onBack()
    {
        backNs = clock.nanoTime();
    }

    /**
     * Look once.
     *
     * @param isOver whether the fault is over, so that all replicas can be in sync.
     */
    public void look(final boolean isOver)
    {
        final List<PartitionState> now = states.get();
        if (null == now)
        {
            return;
        }
        if (NOT_SEEN == electedNs && hit.stream().allMatch((partition) -> isElected(partition, now)))
        {
            electedNs = clock.nanoTime();
        }
        // What the dead leader had sent before may be heard after its death: only later acks count.
        final long ledNs = NOT_SEEN == electedNs ? backNs : electedNs;
        if (NOT_SEEN != ledNs && NOT_SEEN == ackedNs &&
            hit.stream().allMatch((partition) -> acks.lastNs(partition) - ledNs > 0))
        {
            ackedNs = clock.nanoTime();
        }
        if (isOver && NOT_SEEN != ackedNs && NOT_SEEN == inSyncNs && isWell(now))
        {
            inSyncNs = clock.nanoTime();
        }
    }

    private boolean isElected(final int partition, final List<PartitionState> now)
    {
        final PartitionState state = now.get(partition);
        return PartitionState.NONE != state.leader() &&
            (!isLeaderGone || state.leaderEpoch() > before.get(partition).leaderEpoch());
    }

    /**
     * @param states of all partitions.
     * @return whether all of them are led, and all replicas in sync.
     */
    public static boolean isWell(final List<PartitionState> states)
    {
        return states.stream().allMatch(
            (state) -> PartitionState.NONE != state.leader() && state.isr().size() == state.replicas().size());
    }

    /**
     * @return time at which all partitions that were hit were seen to be led again.
     */
    public long electedNs()
    {
        return electedNs;
    }

    /**
     * @return time at which all of these were seen to have acknowledged since.
     */
    public long ackedNs()
    {
        return ackedNs;
    }

    /**
     * @return time at which all replicas of all partitions were seen to be in sync.
     */
    public long inSyncNs()
    {
        return inSyncNs;
    }
}
