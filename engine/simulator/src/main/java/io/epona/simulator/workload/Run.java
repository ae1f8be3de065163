package io.epona.simulator.workload;

import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionTransition;
import io.epona.engine.cluster.Paths;
import io.epona.engine.replica.Mark;
import io.epona.engine.replica.ProtocolMutation;
import io.epona.simulator.NetSettings;
import io.epona.simulator.SimBroker;
import io.epona.simulator.SimCluster;
import io.epona.simulator.SimZooKeeper;
import io.epona.simulator.Site;
import io.epona.simulator.Trace;
import io.epona.simulator.World;
import io.epona.simulator.ZkSettings;
import io.epona.simulator.oracle.Invariant;
import io.epona.simulator.oracle.Oracle;
import io.epona.simulator.oracle.TransitionAttack;
import io.epona.simulator.oracle.TreeWatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One run: a cluster of real nodes in a world of its own, clients, and a list of inputs. First things go wrong, then
 * everything is healed and the cluster has to become whole.
 * <p>
 * Owned by one thread, used once.
 */
public final class Run
{
    private static final long HEALING_NS = 90 * World.SECOND;
    private static final long CHECK_NS = 200 * World.MS;
    private static final long AUDIT_NS = 700 * World.MS;
    private static final long REFILL_NS = 50 * World.MS;
    /** What happens from then on waits until producers have been told of enough, as long as that makes sense. */
    private static final long BEGIN_NS = 3 * World.SECOND;
    private static final long BEGIN_MAX_NS = 15 * World.SECOND;
    /** Records that a run has to have acknowledged before it says anything. */
    private static final int ENOUGH = 220;
    /** Age of a batch that is known to be on disk, where it counts: it was written down meanwhile. */
    private static final long OLD_NS = 12 * World.SECOND;
    /** Epochs that a follower tells of its log. */
    private static final int TAIL_COUNT = 8;

    private static final SimZooKeeper.Loss[] LOSSES = SimZooKeeper.Loss.values();

    private final Scenario scenario;
    private final List<Input> inputs;
    private final RunResult result;
    private final World world;
    private final Oracle oracle;
    private final SimCluster cluster;
    private final TreeWatch tree;
    private final BrokerWatch watch;
    private final SimProducer[] producers;
    private final SimConsumer[] consumers;
    private final Operator operator;
    private final Nonsense nonsense;
    private final TransitionAttack transitionAttack;
    private final Site auditSite;
    private final Site attackSite;
    private long faults;
    private boolean isBegun;
    private long heldUpNs;
    private boolean isHealing;
    private int offline;

    private Run(
        final Scenario scenario,
        final List<Input> inputs,
        final ProtocolMutation mutation,
        final Set<Invariant> endAt,
        final Trace.Reader reader)
    {
        this.scenario = scenario;
        this.inputs = inputs;
        this.result = new RunResult(scenario, inputs);
        this.oracle = new Oracle(scenario::keyOf);
        this.oracle.verdicts().endAt(endAt);
        this.world = new World(scenario.seed(), reader);
        this.watch = new BrokerWatch(oracle, scenario.brokers());
        final Site settings = world.site("run", "settings");
        final long deleteGraceNs = settings.between(0, 4_000) * World.MS;
        final long deletionGraceNs = settings.between(500, 15_000) * World.MS;
        // As brokers have it, or fewer: a sync takes several rounds then.
        final int tailCount = settings.chance(0.5) ? TAIL_COUNT : settings.nextInt(TAIL_COUNT / 2);
        // Little at a time, so that windows are full and what waits is refused.
        final Site limits = world.site("run", "little");
        final boolean isNarrow = limits.chance(0.2);
        final int quantumLength = limits.between(200, 2_000);
        final int windowLength = quantumLength * limits.between(1, 4);
        final int parkedMax = limits.between(1, 12);
        final ZkSettings zk = ZkSettings.drawn(world.site("run", "zk"));
        this.cluster = new SimCluster(
            world, scenario.brokers(), zk, NetSettings.drawn(world.site("run", "net")),
            (context) ->
            {
                context.replicas().tailCount(tailCount);
                if (isNarrow)
                {
                    context.replicas().quantumLength(quantumLength).windowLength(windowLength).parkedMax(parkedMax);
                }
                return context.marks((mark) -> hit(mark, mutation)).mutation(mutation)
                    .deleteGraceNs(deleteGraceNs).deletionGraceNs(deletionGraceNs)
                    .sessionTimeoutNs(zk.sessionTimeoutNs() * 3 / 2);
            },
            watch);
        watch.cluster(cluster);
        this.tree = new TreeWatch(cluster.ensemble(), Operator::brokerId, oracle);
        cluster.ensemble().observer(tree);
        this.operator = new Operator(scenario, cluster, watch, tree, oracle);
        this.transitionAttack = new TransitionAttack(oracle.verdicts(), PartitionTransition::transition);
        this.nonsense = new Nonsense(scenario, cluster, watch, tree, oracle);
        this.auditSite = world.site("run", "audit");
        this.attackSite = world.site("run", "attack");
        this.producers = new SimProducer[scenario.producers()];
        this.consumers = new SimConsumer[scenario.consumers()];
        for (int i = 0; i < producers.length; i++)
        {
            producers[i] = new SimProducer(world, watch, scenario, i, oracle);
        }
        for (int i = 0; i < consumers.length; i++)
        {
            consumers[i] = new SimConsumer(world, watch, scenario, i, oracle);
        }
    }

    /**
     * Run.
     *
     * @param scenario shape of the run.
     * @param inputs   what happens.
     * @param mutation planted in every node.
     * @param reader   of the trace, or null.
     * @return what it showed.
     */
    public static RunResult of(
        final Scenario scenario,
        final List<Input> inputs,
        final ProtocolMutation mutation,
        final Trace.Reader reader)
    {
        return of(scenario, inputs, mutation, Set.of(), reader);
    }

    /**
     * Run on until one of some invariants breaks, whatever else does before.
     *
     * @param scenario shape of the run.
     * @param inputs   what happens.
     * @param mutation planted in every node.
     * @param endAt    the invariants; where there are none the first violation of any ends it.
     * @param reader   of the trace, or null.
     * @return what it showed.
     */
    public static RunResult of(
        final Scenario scenario,
        final List<Input> inputs,
        final ProtocolMutation mutation,
        final Set<Invariant> endAt,
        final Trace.Reader reader)
    {
        return new Run(scenario, inputs, mutation, endAt, reader).run();
    }

    /** A guard decided. A second fence never does, unless what stands before it was taken away. */
    private void hit(final Mark mark, final ProtocolMutation mutation)
    {
        result.hit(mark);
        if (ProtocolMutation.NONE == mutation)
        {
            oracle.verdicts().check(
                Invariant.ASSERTION, !mark.isSecondFence(), () -> "the second fence " + mark + " decided");
        }
    }

    private RunResult run()
    {
        for (int id = 1; id <= scenario.brokers(); id++)
        {
            cluster.broker(id).start();
        }
        for (final Input input : inputs)
        {
            if (isHeldUp(input))
            {
                continue;
            }
            world.at(input.timeMs() * World.MS, input.kind().name(), () -> apply(input));
        }
        world.at(BEGIN_NS, "run.begin", this::begin);
        world.after(AUDIT_NS, "run.audit", this::audit);
        operator.begin();

        while (!isBegun && isGoingOn())
        {
            runUntil(world.nowNs() + CHECK_NS);
        }
        final long healNs = scenario.durationMs() * World.MS + heldUpNs;
        runUntil(healNs);
        if (isGoingOn())
        {
            heal();
            converge(healNs + HEALING_NS);
        }
        conclude();

        return result;
    }

    /** Nothing goes wrong before there is something to lose. */
    private static boolean isHeldUp(final Input input)
    {
        return input.timeMs() * World.MS >= BEGIN_NS && InputKind.PRODUCE != input.kind();
    }

    private void begin()
    {
        if (oracle.acknowledgedRecords() < ENOUGH && world.nowNs() < BEGIN_MAX_NS)
        {
            world.after(CHECK_NS, "run.begin", this::begin);
            return;
        }
        isBegun = true;
        heldUpNs = world.nowNs() - BEGIN_NS;
        for (final Input input : inputs)
        {
            if (isHeldUp(input))
            {
                world.at(input.timeMs() * World.MS + heldUpNs, input.kind().name(), () -> apply(input));
            }
        }
    }

    private boolean isGoingOn()
    {
        return !oracle.verdicts().isOver();
    }

    private void runUntil(final long timeNs)
    {
        while (isGoingOn() && world.nowNs() < timeNs && world.step())
        {
            oracle.afterEvent();
        }
    }

    private void converge(final long deadlineNs)
    {
        final Progress progress = new Progress(
            scenario, oracle, watch,
            () -> watch.isStorageLost() || result.marks().containsKey(Mark.START_LIFE_NOT_WRITTEN));
        String missing = "not checked";
        while (isGoingOn() && null != missing && world.nowNs() < deadlineNs)
        {
            runUntil(world.nowNs() + CHECK_NS);
            missing = progress.missing(tree.topics(), operator.wantedTopics(), producers, consumers);
            offline = progress.offline();
            if (null == missing && 0 == offline && !operator.openRequests().isEmpty())
            {
                missing = "nobody did " + operator.openRequests();
            }
            if (null == missing && 0 == offline && oracle.acknowledgedRecords() < ENOUGH)
            {
                missing = "only " + oracle.acknowledgedRecords() + " records were acknowledged";
            }
        }
        if (isGoingOn())
        {
            final String last = missing;
            oracle.verdicts().check(Invariant.LIVENESS, null == last, () -> last);
            audit();
        }
    }

    // What happens from outside

    private void apply(final Input drawn)
    {
        final Input input = isHealing ? null : drawn.resolved(operator::replica);
        if (null == input)
        {
            return;
        }
        if (input.kind().isFault())
        {
            faults++;
        }
        if (world.trace().isRead())
        {
            world.trace().note("INPUT " + input);
        }
        switch (input.kind())
        {
            case PRODUCE:
                if (input.a() < producers.length)
                {
                    producers[input.a()].produce(input.b(), input.n());
                }
                break;
            case SEEK:
                if (input.a() < consumers.length)
                {
                    consumers[input.a()].seekToLatest(input.b());
                }
                break;
            case CREATE, DELETE, REASSIGN, PREFER, ELECT_UNCLEAN, MIN_ISR, WRONG, DROP_CONTROLLER, USURP:
                operator.apply(input);
                break;
            case NONSENSE:
                nonsense.hear(input);
                break;
            case CUT_CLIENT:
                cutClient(input);
                break;
            case OUTAGE:
                cluster.ensemble().outage(input.n() * World.MS);
                break;
            case SLOW_COORDINATION:
                cluster.ensemble().slow(20);
                world.after(input.n() * World.MS, "zk.fast", () -> cluster.ensemble().slow(1));
                break;
            default:
                apply(input, cluster.broker(input.a()));
                break;
        }
    }

    private void apply(final Input input, final SimBroker broker)
    {
        final long lengthNs = input.n() * World.MS;
        switch (input.kind())
        {
            case STOP:
                broker.stop();
                break;
            case START:
                start(broker);
                break;
            case KILL:
                broker.kill(input.n());
                break;
            case POWER:
                broker.losePower();
                break;
            case WIPE:
                broker.wipe();
                break;
            case SYNC_ERROR:
                broker.disk().failSyncs(1);
                watch.onStorageLost(input.a());
                break;
            case ROT:
                if (null != broker.disk().rot(broker.clock().nowNs() - OLD_NS))
                {
                    watch.onRot(input.a());
                }
                break;
            case DISK_FULL:
                broker.fillDisk(lengthNs);
                break;
            case PAUSE:
                broker.pause(lengthNs);
                break;
            case STALL:
                broker.stall(lengthNs);
                break;
            case GARBLE:
                cluster.network().garble(input.a(), input.b());
                break;
            case RENEW:
                cluster.network().renew(input.a(), input.b(), lengthNs);
                break;
            case CUT:
                cut(input.a(), input.b(), lengthNs);
                cut(input.b(), input.a(), lengthNs);
                break;
            case CUT_ONE_WAY:
                cut(input.a(), input.b(), lengthNs);
                break;
            case ISOLATE:
                for (int id = 1; id <= scenario.brokers(); id++)
                {
                    if (id != input.a())
                    {
                        cut(input.a(), id, lengthNs);
                        cut(id, input.a(), lengthNs);
                    }
                }
                break;
            case CUT_COORDINATION:
                cluster.ensemble().cut(Integer.toString(input.a()), true);
                world.after(lengthNs, "zk.heal", () -> cluster.ensemble().cut(Integer.toString(input.a()), false));
                break;
            case DROP_COORDINATION:
                cluster.ensemble().drop(Integer.toString(input.a()));
                break;
            case LOSE_CHANGE:
                cluster.ensemble().loseNextChange(
                    Integer.toString(input.a()), "", LOSSES[Math.floorMod(input.n(), LOSSES.length)]);
                break;
            case LOSE_NAMING:
                cluster.ensemble().loseNextChange(
                    Integer.toString(input.a()), Paths.TOPICS, LOSSES[Math.floorMod(input.n(), LOSSES.length)]);
                break;
            case EXPIRE:
                cluster.ensemble().expire(Integer.toString(input.a()));
                break;
            default:
                throw new IllegalArgumentException(input.toString());
        }
    }

    private void cut(final int from, final int to, final long lengthNs)
    {
        cluster.network().cut(from, to, true);
        world.after(lengthNs, "net.heal", () ->
        {
            if (!isHealing)
            {
                cluster.network().cut(from, to, false);
            }
        });
    }

    private void cutClient(final Input input)
    {
        final SimClient client = input.a() < producers.length ? producers[input.a()] :
            input.a() - producers.length < consumers.length ? consumers[input.a() - producers.length] : null;
        if (null != client)
        {
            client.lane(input.b()).cut(input.n() * World.MS);
        }
    }

    private void heal()
    {
        isHealing = true;
        world.trace().add("run.heal", 0, 0, 0);
        cluster.network().heal();
        cluster.ensemble().slow(1);
        for (int id = 1; id <= scenario.brokers(); id++)
        {
            final SimBroker broker = cluster.broker(id);
            cluster.ensemble().cut(Integer.toString(id), false);
            broker.disk().failSyncs(0);
            broker.disk().capacity(Long.MAX_VALUE);
            broker.resume();
            broker.stall(0);
            for (final SimProducer producer : producers)
            {
                producer.lane(id).heal();
            }
            for (final SimConsumer consumer : consumers)
            {
                consumer.lane(id).heal();
            }
        }
        restart();
        refill(0);
    }

    /** A cluster that took next to nothing while things went wrong takes something now. */
    private void refill(final int turn)
    {
        if (oracle.acknowledgedRecords() < ENOUGH)
        {
            producers[0].produce(turn % (scenario.topics() * scenario.partitions()), 5);
            world.after(REFILL_NS, "run.refill", () -> refill(turn + 1));
        }
    }

    /** Who watches over the processes starts those that are down. */
    private void restart()
    {
        for (int id = 1; id <= scenario.brokers(); id++)
        {
            start(cluster.broker(id));
        }
        world.after(World.SECOND, "run.restart", this::restart);
    }

    /**
     * Start a process. A disk that failed a sync is replaced before: what its memory still shows may never have got to
     * it, and nothing would write it again.
     */
    private void start(final SimBroker broker)
    {
        if (broker.disk().hasFailed() && null == broker.node())
        {
            broker.wipe();
        }
        broker.start();
    }

    private void audit()
    {
        final int id = auditSite.between(1, scenario.brokers());
        final List<Integer> ids = new ArrayList<>(List.of(id));
        if (isHealing)
        {
            for (int other = 1; other <= scenario.brokers(); other++)
            {
                ids.add(other);
            }
        }
        ids.forEach(watch::audit);
        operator.audit();
        final List<PartitionState> states = oracle.states();
        if (!states.isEmpty())
        {
            transitionAttack.attack(states.get(attackSite.nextInt(states.size())), attackSite);
        }
        world.after(AUDIT_NS, "run.audit", this::audit);
    }

    private void conclude()
    {
        result.verdicts(oracle.verdicts());
        result.traceHash(world.trace().hash());
        result.cause(watch.crash());
        result.count(RunResult.SIMULATED_MS, world.nowNs() / World.MS);
        result.count(RunResult.EVENTS, world.eventCount());
        result.count(RunResult.FAULTS, faults);
        result.count(RunResult.ACKNOWLEDGED, oracle.acknowledgedRecords());
        result.count("delivered records", oracle.deliveredRecords());
        result.count("leader changes", tree.leaderChanges());
        result.count("controllers", tree.controllerChanges());
        result.count("shrinks", tree.shrinks());
        result.count("expansions", tree.expansions());
        result.count("truncations", oracle.truncations());
        result.count("lives of brokers", tree.registrations());
        result.count("unclean restarts", tree.uncleanRegistrations());
        result.count("unclean elections", tree.uncleanElections());
        result.count("records given up", oracle.lostRecords());
        result.count("ambiguous changes", cluster.ensemble().counters().appliedLate() +
            cluster.ensemble().counters().neverApplied());
        result.count("brokers' errors", watch.errors());
        result.count("offline partitions at the end", offline);
    }
}
