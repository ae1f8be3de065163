package io.epona.loadgen.driver;

import io.epona.engine.cluster.PartitionState;
import io.epona.loadgen.driver.LoadDriver.Outage;
import io.epona.loadgen.scenario.Scenario.Fault;
import org.agrona.concurrent.NanoClock;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Does to a cluster what the scenario asks for, at its times, and sees how long it takes until the cluster is well
 * again. A fault that is due before the cluster recovered from the one before waits for that.
 * <p>
 * {@link #run()} by a thread of its own, which owns the cluster meanwhile; the rest by any.
 */
final class FaultRunner implements Runnable
{
    private static final long RECENT_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long RECOVERY_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long PARK_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LOOK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(2);

    private final NanoClock clock;
    private final long t0Ns;
    private final List<Fault> faults;
    private final Cluster cluster;
    private final AckTimes acks;
    private final long seed;
    private final List<Outage> outages = new CopyOnWriteArrayList<>();
    private volatile boolean isStopped;
    private volatile Throwable failure;

    /**
     * @param clock   of all times.
     * @param t0Ns    that faults are counted from.
     * @param faults  in the order of their times.
     * @param cluster to do them to.
     * @param acks    of its partitions.
     * @param seed    of what is drawn.
     */
    FaultRunner(
        final NanoClock clock,
        final long t0Ns,
        final List<Fault> faults,
        final Cluster cluster,
        final AckTimes acks,
        final long seed)
    {
        this.clock = clock;
        this.t0Ns = t0Ns;
        this.faults = faults;
        this.cluster = cluster;
        this.acks = acks;
        this.seed = seed;
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
                    run(fault);
                }
            }
        }
        catch (final RuntimeException ex)
        {
            failure = ex;
        }
    }

    private void run(final Fault fault)
    {
        final List<PartitionState> before = readStates();
        final int target = Fault.LEADER.equals(fault.target()) ?
            before.get(0).leader() : Integer.parseInt(fault.target());
        if (PartitionState.NONE == target)
        {
            throw new DriverException("partition 0 has no leader for '" + fault.action() + "' at " +
                ms(clock.nanoTime() - t0Ns) + " ms");
        }
        final List<Integer> led = new ArrayList<>();
        boolean isCounted = false;
        final long beginNs = clock.nanoTime();
        for (int partition = 0; partition < before.size(); partition++)
        {
            if (before.get(partition).leader() == target)
            {
                led.add(partition);
                isCounted |= beginNs - acks.lastNs(partition) < RECENT_NS;
            }
        }
        begin(fault, target);
        final long endNs = beginNs + fault.restartNs();
        final RecoveryWatch recovery =
            new RecoveryWatch(clock, cluster::states, acks, before, led, !Fault.UDP_LOSS.equals(fault.action()));
        boolean isOver = false;
        while (!isStopped && RecoveryWatch.NOT_SEEN == recovery.inSyncNs() &&
            clock.nanoTime() - endNs - RECOVERY_TIMEOUT_NS < 0)
        {
            if (!isOver && clock.nanoTime() - endNs >= 0)
            {
                end(fault, target);
                isOver = true;
                if (Fault.PAUSE.equals(fault.action()) || Fault.PARTITION.equals(fault.action()))
                {
                    recovery.onBack();
                }
            }
            recovery.look(isOver);
            LockSupport.parkNanos(LOOK_INTERVAL_NS);
        }
        if (!isOver)
        {
            // The run ends: nothing may be left that stands still or is cut off.
            end(fault, target);
        }
        if (Fault.KILL.equals(fault.action()))
        {
            cluster.awaitReady(target);
        }
        outages.add(new Outage(
            fault.action() + ' ' + fault.target(), ms(beginNs - t0Ns), target, led.size(), isCounted,
            since(recovery.electedNs(), beginNs),
            since(recovery.ackedNs(), beginNs),
            since(recovery.inSyncNs(), endNs)));
    }

    private List<PartitionState> readStates()
    {
        final List<PartitionState> states = cluster.states();
        if (null == states)
        {
            throw new DriverException("ZooKeeper does not answer");
        }

        return states;
    }

    private void begin(final Fault fault, final int target)
    {
        switch (fault.action())
        {
            case Fault.KILL -> cluster.kill(target);
            case Fault.PAUSE -> cluster.pause(target);
            case Fault.ZK_EXPIRE -> cluster.expire(target);
            case Fault.UDP_LOSS -> cluster.lose(target, fault.share(), seed);
            case Fault.PARTITION -> cluster.cutFromBrokers(target);
            default -> throw new DriverException("there is no fault '" + fault.action() + "'");
        }
    }

    private void end(final Fault fault, final int target)
    {
        switch (fault.action())
        {
            case Fault.KILL -> cluster.begin(target);
            case Fault.PAUSE -> cluster.resume(target);
            case Fault.UDP_LOSS -> cluster.lose(target, 0, seed);
            case Fault.PARTITION -> cluster.healFromBrokers(target);
            default ->
            {
                // An expiry is over when it has happened.
            }
        }
    }

    private static long ms(final long ns)
    {
        return TimeUnit.NANOSECONDS.toMillis(ns);
    }

    private static long since(final long seenNs, final long fromNs)
    {
        return RecoveryWatch.NOT_SEEN == seenNs ? RecoveryWatch.NOT_SEEN : ms(seenNs - fromNs);
    }

    private boolean await(final long timeNs)
    {
        while (!isStopped && clock.nanoTime() - timeNs < 0)
        {
            LockSupport.parkNanos(PARK_NS);
        }

        return !isStopped;
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
