package io.epona.loadgen.driver;

import io.epona.engine.cluster.PartitionState;
import io.epona.loadgen.driver.LoadDriver.Outage;
import io.epona.loadgen.scenario.Scenario.Fault;
import org.agrona.concurrent.NanoClock;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Does to a cluster what the scenario asks for, at its times, and sees how long it takes until the cluster is well
 * again. A fault that is due before the cluster recovered from the one before waits for that.
 * <p>
 * {@link #run()} by a thread of its own, which owns the brokers meanwhile; the rest by any.
 */
final class FaultRunner implements Runnable
{
    private static final long RECENT_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long RECOVERY_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long PARK_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LOOK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long NOT_SEEN = -1;

    private final NanoClock clock;
    private final long t0Ns;
    private final List<Fault> faults;
    private final ClusterBrokers brokers;
    private final ClusterStates states;
    private final AtomicLongArray ackTimesNs;
    private final List<Outage> outages = new CopyOnWriteArrayList<>();
    private volatile boolean isStopped;
    private volatile Throwable failure;

    /**
     * @param clock      of all times.
     * @param t0Ns       that faults are counted from.
     * @param faults     in the order of their times.
     * @param brokers    to do them to.
     * @param states     of the partitions.
     * @param ackTimesNs of the last acknowledgement of each partition.
     */
    FaultRunner(
        final NanoClock clock,
        final long t0Ns,
        final List<Fault> faults,
        final ClusterBrokers brokers,
        final ClusterStates states,
        final AtomicLongArray ackTimesNs)
    {
        this.clock = clock;
        this.t0Ns = t0Ns;
        this.faults = faults;
        this.brokers = brokers;
        this.states = states;
        this.ackTimesNs = ackTimesNs;
    }

    @Override
    public void run()
    {
        try
        {
            for (final Fault fault : faults)
            {
                for (int i = 0; i < fault.times(); i++)
                {
                    final long dueNs = t0Ns + fault.atNs() + i * fault.everyNs();
                    if (!await(dueNs))
                    {
                        return;
                    }
                    kill(fault);
                }
            }
        }
        catch (final RuntimeException ex)
        {
            failure = ex;
        }
    }

    private void kill(final Fault fault)
    {
        final List<PartitionState> before = states.read();
        final int target = Fault.LEADER.equals(fault.target()) ?
            before.get(0).leader() : Integer.parseInt(fault.target());
        if (PartitionState.NONE == target)
        {
            throw new DriverException("partition 0 has no leader to kill at " + ms(clock.nanoTime() - t0Ns) + " ms");
        }
        final List<Integer> led = new ArrayList<>();
        boolean isCounted = false;
        final long killNs = clock.nanoTime();
        for (int partition = 0; partition < before.size(); partition++)
        {
            if (before.get(partition).leader() == target)
            {
                led.add(partition);
                isCounted |= killNs - ackTimesNs.get(partition) < RECENT_NS;
            }
        }
        brokers.kill(target);
        final long restartNs = killNs + fault.restartNs();
        final Recovery recovery = new Recovery(before, led);
        final Thread restart = new Thread(
            () ->
            {
                if (await(restartNs))
                {
                    brokers.start(target);
                }
            },
            "loadgen-restart");
        restart.setUncaughtExceptionHandler((thread, ex) -> failure = ex);
        restart.start();
        observe(recovery, restart, restartNs + RECOVERY_TIMEOUT_NS);
        join(restart);
        outages.add(new Outage(
            fault.action() + ' ' + fault.target(), ms(killNs - t0Ns), target, led.size(), isCounted,
            recovery.since(recovery.electedNs, killNs),
            recovery.since(recovery.ackedNs, killNs),
            recovery.since(recovery.inSyncNs, restartNs)));
    }

    private void observe(final Recovery recovery, final Thread restart, final long deadlineNs)
    {
        while (!isStopped && null == failure && recovery.inSyncNs == NOT_SEEN && clock.nanoTime() - deadlineNs < 0)
        {
            recovery.look(restart.isAlive());
            LockSupport.parkNanos(LOOK_INTERVAL_NS);
        }
    }

    private static void join(final Thread thread)
    {
        try
        {
            thread.join();
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
        }
    }

    private static long ms(final long ns)
    {
        return TimeUnit.NANOSECONDS.toMillis(ns);
    }

    private boolean await(final long timeNs)
    {
        while (!isStopped && null == failure && clock.nanoTime() - timeNs < 0)
        {
            LockSupport.parkNanos(PARK_NS);
        }

        return !isStopped && null == failure;
    }

    /** What is seen after a fault, and when. */
    private final class Recovery
    {
        private final List<PartitionState> before;
        private final List<Integer> led;
        private long electedNs = NOT_SEEN;
        private long ackedNs = NOT_SEEN;
        private long inSyncNs = NOT_SEEN;

        private Recovery(final List<PartitionState> before, final List<Integer> led)
        {
            this.before = before;
            this.led = led;
        }

        private void look(final boolean isDown)
        {
            final List<PartitionState> now = states.read();
            if (NOT_SEEN == electedNs && led.stream().allMatch((partition) -> isElected(partition, now)))
            {
                electedNs = clock.nanoTime();
            }
            // What the dead leader had sent before may be heard after its death: only later acks count.
            if (NOT_SEEN != electedNs && NOT_SEEN == ackedNs &&
                led.stream().allMatch((partition) -> ackTimesNs.get(partition) - electedNs > 0))
            {
                ackedNs = clock.nanoTime();
            }
            if (!isDown && NOT_SEEN != ackedNs &&
                now.stream().allMatch((state) -> state.isr().size() == state.replicas().size()))
            {
                inSyncNs = clock.nanoTime();
            }
        }

        private boolean isElected(final int partition, final List<PartitionState> now)
        {
            final PartitionState state = now.get(partition);
            return PartitionState.NONE != state.leader() &&
                state.leaderEpoch() > before.get(partition).leaderEpoch();
        }

        private long since(final long seenNs, final long fromNs)
        {
            return NOT_SEEN == seenNs ? NOT_SEEN : ms(seenNs - fromNs);
        }
    }

    void stop()
    {
        isStopped = true;
    }

    Throwable failure()
    {
        return failure;
    }

    List<Outage> outages()
    {
        return List.copyOf(outages);
    }
}
