package io.epona.loadgen.chaos;

import io.epona.engine.cluster.PartitionState;
import io.epona.loadgen.driver.Cluster;
import io.epona.loadgen.driver.RecoveryWatch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Runs one round of each category. A round begins with a cluster that is well and ends with one.
 * <p>
 * Owned by the thread that runs the rounds.
 */
final class Rounds
{
    private static final long NONE = -1;
    private static final long ELECTED_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long WRITABLE_NS = TimeUnit.SECONDS.toNanos(10);
    /** In one of so many rounds a killed broker is back before its session expires. */
    private static final int QUICK_RESTARTS = 4;

    private final Arena arena;
    private final Cluster cluster;
    private final long zkDownNs;
    private int nextOfRolling;

    Rounds(final Arena arena, final long zkDownNs)
    {
        this.arena = arena;
        this.cluster = arena.cluster();
        this.zkDownNs = zkDownNs;
    }

    /**
     * @param category of the round.
     * @return what came of it: one result, of a rolling restart one for each broker.
     * @throws StuckException where the cluster does not get well again.
     */
    List<RoundResult> run(final Category category)
    {
        return switch (category)
        {
            case KILL -> List.of(kill(category, 1));
            case KILL_TWO -> List.of(kill(category, 2));
            case KILL_ALL -> List.of(kill(category, cluster.count()));
            case PAUSE -> List.of(pause());
            case ZK_EXPIRE -> List.of(expire());
            case ZK_LEADER -> List.of(killZooKeeper(category, cluster::zooKeeperLeader, arena.drawNs(2_000, 5_000)));
            case ZK_DOWN -> List.of(killZooKeeper(category, () -> 0, zkDownNs));
            case PARTITION_BROKERS -> List.of(partition(category));
            case PARTITION_ZK -> List.of(partition(category));
            case ROLLING -> IntStream.range(0, cluster.count()).mapToObj((i) -> restart()).toList();
        };
    }

    private RoundResult kill(final Category category, final int count)
    {
        final List<PartitionState> before = arena.awaitWell();
        final List<Integer> targets = chooseTargets(before, count);
        final Begun round = new Begun(category, before, targets);
        targets.forEach(cluster::kill);
        final RecoveryWatch watch = arena.watch(before, round.hit, true);
        final List<Integer> order = shuffled(targets);
        // One broker that is back at once meets its own session; else the others have noticed that it is gone.
        final boolean isQuick = arena.drawOneIn(QUICK_RESTARTS);
        long dueNs = arena.nowNs() +
            (isQuick ? arena.drawNs(0, 500) : arena.sessionNs() + arena.drawNs(1_000, 3_000));
        for (final int target : order)
        {
            arena.look(watch, dueNs);
            cluster.begin(target);
            dueNs = arena.nowNs() + arena.drawNs(0, 2_000);
        }
        final long endNs = arena.nowNs();
        arena.awaitInSync(watch);
        targets.forEach(cluster::awaitReady);
        final RoundResult result = round.end(watch, endNs, NONE);
        if (Category.KILL_ALL == category && watch.ackedNs() - endNs > arena.sessionNs() + WRITABLE_NS)
        {
            result.late().add("writable only after " + result.ackedMs() + " ms");
        }

        return result;
    }

    private List<Integer> chooseTargets(final List<PartitionState> before, final int count)
    {
        final List<Integer> targets = new ArrayList<>(List.of(arena.draw(Arena.leaders(before))));
        while (targets.size() < count)
        {
            targets.add(arena.draw(IntStream.rangeClosed(1, cluster.count())
                .filter((id) -> !targets.contains(id)).boxed().toList()));
        }

        return targets;
    }

    private List<Integer> shuffled(final List<Integer> ids)
    {
        final List<Integer> left = new ArrayList<>(ids);
        final List<Integer> order = new ArrayList<>();
        while (!left.isEmpty())
        {
            final Integer next = arena.draw(left);
            left.remove(next);
            order.add(next);
        }

        return order;
    }

    private RoundResult pause()
    {
        final List<PartitionState> before = arena.awaitWell();
        final int target = arena.draw(Arena.leaders(before));
        final Begun round = new Begun(Category.PAUSE, before, List.of(target));
        cluster.pause(target);
        final RecoveryWatch watch = arena.watch(before, round.hit, true);
        try
        {
            arena.look(watch, round.beginNs + arena.sessionNs() + arena.drawNs(2_000, 5_000));
        }
        finally
        {
            cluster.resume(target);
        }
        final long endNs = arena.nowNs();
        arena.awaitInSync(watch);

        return round.end(watch, endNs, NONE);
    }

    private RoundResult expire()
    {
        final List<PartitionState> before = arena.awaitWell();
        final int target = arena.draw(Arena.leaders(before));
        final Begun round = new Begun(Category.ZK_EXPIRE, before, List.of(target));
        cluster.expire(target);
        final RecoveryWatch watch = arena.watch(before, round.hit, true);
        arena.awaitInSync(watch);

        return round.end(watch, round.beginNs, NONE);
    }

    private RoundResult killZooKeeper(
        final Category category, final IntSupplier chosen, final long downNs)
    {
        final List<PartitionState> before = arena.awaitWell();
        final int index = chosen.getAsInt();
        if (index < 0)
        {
            throw new StuckException("the ensemble has no leader to kill");
        }
        final Begun round = new Begun(category, before, Arena.leaders(before));
        cluster.killZooKeeper(index);
        final RecoveryWatch watch = arena.watch(before, round.hit, false);
        arena.awaitTime(round.beginNs + downNs);
        cluster.startZooKeeper(index);
        final long endNs = arena.nowNs();
        arena.awaitInSync(watch);

        return round.end(watch, endNs, NONE);
    }

    private RoundResult partition(final Category category)
    {
        final List<PartitionState> before = arena.awaitWell();
        final int target = arena.draw(Arena.leaders(before));
        final Begun round = new Begun(category, before, List.of(target));
        final boolean isFromBrokers = Category.PARTITION_BROKERS == category;
        if (isFromBrokers)
        {
            cluster.cutFromBrokers(target);
        }
        else
        {
            cluster.cutFromZooKeeper(target);
        }
        final RecoveryWatch watch = arena.watch(before, round.hit, true);
        arena.look(watch, round.beginNs + ELECTED_NS + arena.drawNs(1_000, 4_000));
        if (isFromBrokers)
        {
            cluster.healFromBrokers(target);
        }
        else
        {
            cluster.healFromZooKeeper(target);
        }
        final long endNs = arena.nowNs();
        arena.awaitInSync(watch);
        final RoundResult result = round.end(watch, endNs, NONE);
        if (watch.electedNs() - round.beginNs > ELECTED_NS)
        {
            result.late().add("another leader only after " + result.electedMs() + " ms");
        }

        return result;
    }

    private RoundResult restart()
    {
        final List<PartitionState> before = arena.awaitWell();
        final int target = nextOfRolling++ % cluster.count() + 1;
        final Begun round = new Begun(Category.ROLLING, before, List.of(target));
        final long refused = arena.acks().refused();
        cluster.stop(target);
        final long stopNs = arena.nowNs() - round.beginNs;
        final RecoveryWatch watch = arena.watch(before, round.hit, true);
        arena.look(watch, arena.nowNs() + arena.drawNs(0, 1_000));
        cluster.begin(target);
        final long endNs = arena.nowNs();
        arena.awaitInSync(watch);
        cluster.awaitReady(target);
        final RoundResult result = round.end(watch, endNs, stopNs);
        if (arena.acks().refused() != refused)
        {
            result.violations().add((arena.acks().refused() - refused) + " errors reached the application");
        }

        return result;
    }

    private static long ms(final long ns)
    {
        return TimeUnit.NANOSECONDS.toMillis(ns);
    }

    /** A round whose fault is about to be done. */
    private final class Begun
    {
        private final Category category;
        private final List<Integer> targets;
        private final List<Integer> hit;
        private final boolean isCounted;
        private final long beginNs;

        private Begun(final Category category, final List<PartitionState> before, final List<Integer> targets)
        {
            this.category = category;
            this.targets = targets;
            hit = Arena.led(before, targets);
            isCounted = arena.awaitAck(hit);
            arena.acks().resetGaps();
            beginNs = arena.nowNs();
        }

        private RoundResult end(final RecoveryWatch watch, final long endNs, final long stopNs)
        {
            final List<String> late = new ArrayList<>();
            if (watch.inSyncNs() - endNs > Arena.IN_SYNC_NS)
            {
                late.add("in sync only after " + ms(watch.inSyncNs() - endNs) + " ms");
            }

            return new RoundResult(
                category,
                targets.stream().map(Object::toString).collect(Collectors.joining(" ")),
                hit.size(),
                isCounted,
                ms(endNs - beginNs),
                ms(watch.electedNs() - beginNs),
                ms(arena.longestGapNs(hit)),
                ms(Math.max(0, watch.ackedNs() - endNs)),
                ms(Math.max(0, watch.inSyncNs() - endNs)),
                NONE == stopNs ? NONE : ms(stopNs),
                Arena.machineLoad(),
                late,
                new ArrayList<>());
        }
    }
}
