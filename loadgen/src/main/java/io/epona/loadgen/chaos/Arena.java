package io.epona.loadgen.chaos;

import io.epona.engine.cluster.PartitionState;
import io.epona.loadgen.driver.AckTimes;
import io.epona.loadgen.driver.Cluster;
import io.epona.loadgen.driver.DriverException;
import io.epona.loadgen.driver.RecoveryWatch;
import org.agrona.concurrent.NanoClock;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A cluster under load, as rounds see it: who leads, when it is well, and a seeded draw of what to do next.
 * <p>
 * Owned by the thread that runs the rounds.
 */
final class Arena
{
    /** Within this all replicas have to be in sync after a round. */
    static final long IN_SYNC_NS = TimeUnit.SECONDS.toNanos(30);

    private static final long RECENT_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long ACK_NS = TimeUnit.SECONDS.toNanos(10);
    /** A cluster that takes this long is stuck; one that takes less but too long is late. */
    private static final long STUCK_NS = TimeUnit.SECONDS.toNanos(90);
    private static final long LOOK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(4);

    private final NanoClock clock;
    private final Cluster cluster;
    private final AckTimes acks;
    private final SplittableRandom random;
    private final long sessionNs;
    private final BooleanSupplier isLoadOver;

    Arena(
        final NanoClock clock,
        final Cluster cluster,
        final AckTimes acks,
        final SplittableRandom random,
        final long sessionNs,
        final BooleanSupplier isLoadOver)
    {
        this.clock = clock;
        this.cluster = cluster;
        this.acks = acks;
        this.random = random;
        this.sessionNs = sessionNs;
        this.isLoadOver = isLoadOver;
    }

    /**
     * Wait until every partition is led, has all its replicas in sync and acknowledges.
     *
     * @return the states of all partitions then.
     * @throws StuckException where that does not come.
     */
    List<PartitionState> awaitWell()
    {
        final long deadlineNs = clock.nanoTime() + STUCK_NS;
        List<PartitionState> states = cluster.states();
        while (null == states || !RecoveryWatch.isWell(states) || !isAcking())
        {
            if (clock.nanoTime() - deadlineNs > 0)
            {
                throw new StuckException("not well before the round: " + describe(states));
            }
            pause();
            states = cluster.states();
        }

        return states;
    }

    private boolean isAcking()
    {
        final long nowNs = clock.nanoTime();
        for (int i = 0; i < acks.partitions(); i++)
        {
            if (nowNs - acks.lastNs(i) >= RECENT_NS)
            {
                return false;
            }
        }

        return true;
    }

    private static String describe(final List<PartitionState> states)
    {
        if (null == states)
        {
            return "ZooKeeper does not tell";
        }
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < states.size(); i++)
        {
            final PartitionState state = states.get(i);
            text.append(i).append(": leader ").append(state.leader()).append(" epoch ").append(state.leaderEpoch())
                .append(" isr ").append(state.isr()).append(" elr ").append(state.elr()).append(" | ");
        }

        return text.toString();
    }

    private void pause()
    {
        if (isLoadOver.getAsBoolean())
        {
            throw new DriverException("the load ended while a round was run");
        }
        LockSupport.parkNanos(LOOK_INTERVAL_NS);
    }

    /**
     * @param states of all partitions.
     * @return ids of the brokers that lead, each once, in the order of the ids.
     */
    static List<Integer> leaders(final List<PartitionState> states)
    {
        return states.stream().map(PartitionState::leader).filter((id) -> PartitionState.NONE != id).distinct().sorted()
            .toList();
    }

    /**
     * @param states  of all partitions.
     * @param brokers ids.
     * @return partitions that one of them leads.
     */
    static List<Integer> led(final List<PartitionState> states, final Collection<Integer> brokers)
    {
        final List<Integer> led = new ArrayList<>();
        for (int i = 0; i < states.size(); i++)
        {
            if (brokers.contains(states.get(i).leader()))
            {
                led.add(i);
            }
        }

        return led;
    }

    /**
     * Wait a moment for an acknowledgement.
     *
     * @param partitions to look at.
     * @return whether one of them acknowledged in the last 100 ms.
     */
    boolean awaitAck(final List<Integer> partitions)
    {
        final long deadlineNs = clock.nanoTime() + ACK_NS;
        while (!hasAcked(partitions) && clock.nanoTime() - deadlineNs < 0)
        {
            pause();
        }

        return hasAcked(partitions);
    }

    private boolean hasAcked(final List<Integer> partitions)
    {
        final long nowNs = clock.nanoTime();
        return partitions.stream().anyMatch((partition) -> nowNs - acks.lastNs(partition) < RECENT_NS);
    }

    /**
     * @param choices of which one is drawn.
     * @return the one.
     */
    int draw(final List<Integer> choices)
    {
        return choices.get(random.nextInt(choices.size()));
    }

    /**
     * @param fromMs least.
     * @param toMs   most.
     * @return a time between, in ns.
     */
    long drawNs(final long fromMs, final long toMs)
    {
        return TimeUnit.MILLISECONDS.toNanos(random.nextLong(fromMs, toMs + 1));
    }

    boolean drawOneIn(final int count)
    {
        return 0 == random.nextInt(count);
    }

    /**
     * @param timeNs to wait for.
     */
    void awaitTime(final long timeNs)
    {
        while (clock.nanoTime() - timeNs < 0)
        {
            pause();
        }
    }

    /**
     * Look on while a fault lasts.
     *
     * @param watch   that looks.
     * @param untilNs when to stop looking.
     */
    void look(final RecoveryWatch watch, final long untilNs)
    {
        while (clock.nanoTime() - untilNs < 0)
        {
            watch.look(false);
            pause();
        }
    }

    /**
     * Look on after a fault until all replicas are in sync.
     *
     * @param watch that looks.
     * @throws StuckException where that does not come.
     */
    void awaitInSync(final RecoveryWatch watch)
    {
        final long deadlineNs = clock.nanoTime() + STUCK_NS;
        while (RecoveryWatch.NOT_SEEN == watch.inSyncNs())
        {
            if (clock.nanoTime() - deadlineNs > 0)
            {
                throw new StuckException("not well after the round: " + describe(cluster.states()));
            }
            watch.look(true);
            pause();
        }
    }

    RecoveryWatch watch(final List<PartitionState> before, final List<Integer> hit, final boolean isLeaderGone)
    {
        return new RecoveryWatch(clock, cluster::states, acks, before, hit, isLeaderGone);
    }

    long longestGapNs(final List<Integer> partitions)
    {
        final long nowNs = clock.nanoTime();
        return partitions.stream().mapToLong((partition) -> acks.longestGapNs(partition, nowNs)).max().orElse(0);
    }

    static double machineLoad()
    {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    long nowNs()
    {
        return clock.nanoTime();
    }

    Cluster cluster()
    {
        return cluster;
    }

    AckTimes acks()
    {
        return acks;
    }

    long sessionNs()
    {
        return sessionNs;
    }
}
