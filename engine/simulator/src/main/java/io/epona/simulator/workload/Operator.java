package io.epona.simulator.workload;

import io.epona.engine.cluster.AdminRequests;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.local.NodeTree.Node;
import io.epona.engine.node.ClusterNode;
import io.epona.simulator.SimCluster;
import io.epona.simulator.World;
import io.epona.simulator.oracle.Oracle;
import io.epona.simulator.oracle.RequestCheck;
import io.epona.simulator.oracle.TreeWatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who runs the cluster: wants topics and asks the controller for them until they are there, and leaves requests in the
 * tree, in a session of its own.
 * <p>
 * Owned by the thread of its world.
 */
final class Operator
{
    private static final String HOST = "operator";
    private static final int NO_BROKER = 0;
    private static final List<String> REQUESTS =
        List.of(Paths.ADMIN_DELETE, Paths.ADMIN_PREFERRED, Paths.ADMIN_REASSIGN, Paths.ADMIN_UNCLEAN);
    private static final int ASK = 0;
    private static final int BY_REQUEST = 1;
    private static final int BY_HAND = 2;
    private static final long ASK_NS = 200 * World.MS;
    private static final long PATIENCE_NS = 5 * World.SECOND;
    private static final long SWEEP_NS = 300 * World.MS;

    private final Scenario scenario;
    private final SimCluster cluster;
    private final BrokerWatch watch;
    private final TreeWatch tree;
    private final Oracle oracle;
    private final RequestCheck requests;
    private final WrongRequests wrongRequests;
    private final Set<String> wantedTopics = new TreeSet<>();
    private Coordination coordination;
    private boolean isPollDue;
    private boolean isBusy;

    Operator(
        final Scenario scenario,
        final SimCluster cluster,
        final BrokerWatch watch,
        final TreeWatch tree,
        final Oracle oracle)
    {
        this.scenario = scenario;
        this.cluster = cluster;
        this.watch = watch;
        this.tree = tree;
        this.oracle = oracle;
        this.requests = new RequestCheck(oracle.verdicts(), scenario.brokers());
        this.wrongRequests = new WrongRequests(scenario, cluster, watch, tree, requests, this::write);
    }

    /**
     * @param host of a client of the coordination.
     * @return broker that is there; none is where the operator is.
     */
    static int brokerId(final String host)
    {
        return HOST.equals(host) ? NO_BROKER : Integer.parseInt(host);
    }

    void begin()
    {
        coordination = cluster.ensemble().client(HOST, this::onNews);
        cluster.world().after(ASK_NS, "run.admin", this::ask);
    }

    private void onNews()
    {
        if (!isPollDue)
        {
            isPollDue = true;
            cluster.world().after(0, "operator.poll", () ->
            {
                isPollDue = false;
                coordination.poll();
            });
        }
    }

    /**
     * @return names of the topics that should be.
     */
    Set<String> wantedTopics()
    {
        return wantedTopics;
    }

    /** Look whether anything came of a request that made no sense. */
    void audit()
    {
        final List<String> asked = new ArrayList<>();
        for (int i = 0; i < scenario.topics(); i++)
        {
            asked.add(scenario.topicName(i));
        }
        requests.check(tree.topics().keySet(), asked, oracle.states());
    }

    /**
     * @return requests that the controller has not done away with.
     */
    List<String> openRequests()
    {
        final List<String> open = new ArrayList<>();
        for (final String parent : REQUESTS)
        {
            for (final String child : cluster.ensemble().children(parent))
            {
                if (!WrongRequests.RUBBISH.equals(child))
                {
                    open.add(parent + '/' + child);
                }
            }
        }

        return open;
    }

    /**
     * @param input of a kind that is an operator's.
     */
    void apply(final Input input)
    {
        switch (input.kind())
        {
            case CREATE -> wantedTopics.add(scenario.topicName(input.a()));
            case DELETE -> delete(scenario.topicName(input.a()), input.n());
            case WRONG -> wrongRequests.send(input);
            case MIN_ISR -> changeMinIsr(scenario.topicName(input.a()), input.n());
            case DROP_CONTROLLER -> write(List.of(Operation.delete(Paths.CONTROLLER, Coordination.ANY_VERSION)));
            case USURP -> usurp(input.a(), 0 != input.n(), input.b() * World.MS);
            default -> request(input);
        }
    }

    private void delete(final String name, final int how)
    {
        wantedTopics.remove(name);
        final TopicRecord topic = tree.topics().get(name);
        if (null == topic || ASK == how)
        {
            return;
        }
        if (BY_REQUEST == how)
        {
            // Asked for otherwise only where that is not heard of.
            waitForAnswer();
            write(List.of(AdminRequests.delete(name, topic.topicId())));
            return;
        }
        final ClusterNode controller = watch.controller();
        if (null != controller)
        {
            ask(controller, name);
        }
        write(List.of(Operation.delete(Paths.topic(name), Coordination.ANY_VERSION)));
        if (BY_HAND == how)
        {
            return;
        }
        cluster.world().after(SWEEP_NS, "operator.sweep", () ->
        {
            final TopicRecord now = tree.topics().get(name);
            if (null != now && now.topicId() == topic.topicId())
            {
                // The deletion was lost on its way: who looks before he sweeps sees that.
                return;
            }
            final List<Operation> rest = new ArrayList<>();
            final String states = Paths.states(topic.topicId());
            cluster.ensemble().children(states).forEach((child) ->
                rest.add(Operation.delete(states + '/' + child, Coordination.ANY_VERSION)));
            if (0 == topic.topicId() % 2)
            {
                rest.add(Operation.delete(states, Coordination.ANY_VERSION));
            }
            write(rest);
        });
    }

    /**
     * @param slot  partition, counted over all topics.
     * @param place of a replica.
     * @return broker that has it now, 0 where there is none.
     */
    int replica(final int slot, final int place)
    {
        final TopicRecord topic = tree.topics().get(scenario.topicName(slot / scenario.partitions()));
        final PartitionState state =
            null == topic ? null : oracle.state(topic.topicId(), slot % scenario.partitions());

        return null == state || state.replicas().size() <= place ? 0 : state.replicas().get(place);
    }

    private void request(final Input input)
    {
        final TopicRecord topic = tree.topics().get(scenario.topicName(input.a() / scenario.partitions()));
        if (null == topic)
        {
            return;
        }
        final long topicId = topic.topicId();
        final int partition = input.a() % scenario.partitions();
        switch (input.kind())
        {
            case REASSIGN -> write(List.of(AdminRequests.reassign(topicId, partition, target(input.b(), input.n()))));
            case PREFER -> write(List.of(AdminRequests.prefer(topicId, partition)));
            case ELECT_UNCLEAN ->
            {
                // What it costs is what the operator asked for.
                oracle.onStorageLost();
                write(List.of(AdminRequests.electUnclean(topicId, partition, input.b())));
            }
            default -> throw new IllegalArgumentException(input.toString());
        }
    }

    private List<Integer> target(final int first, final int count)
    {
        final List<Integer> target = new ArrayList<>();
        for (int i = 0; i < Math.min(count, scenario.brokers()); i++)
        {
            target.add(1 + (first - 1 + i) % scenario.brokers());
        }

        return target;
    }

    private void usurp(final int brokerId, final boolean isForced, final long stayNs)
    {
        final Node epoch = cluster.ensemble().node(Paths.brokerEpoch(brokerId));
        if (null == epoch)
        {
            return;
        }
        final String id = Paths.brokerId(brokerId);
        final int life = epoch.version() + 1;
        final Uuid dirId = new Uuid(brokerId, life);
        final List<Operation> operations = new ArrayList<>();
        if (isForced && null != cluster.ensemble().node(id))
        {
            operations.add(Operation.delete(id, Coordination.ANY_VERSION));
        }
        operations.add(Operation.set(
            Paths.brokerEpoch(brokerId), NodeValues.encodeBrokerEpoch(life, life, dirId), epoch.version()));
        operations.add(Operation.createEphemeral(id, NodeValues.encodeRegistration(
            new NodeValues.Registration(life, 1, dirId, false, 0 == stayNs ? "" : HOST, 1, 1))));
        if (0 == stayNs)
        {
            operations.add(Operation.delete(id, Coordination.ANY_VERSION));
        }
        else
        {
            cluster.world().after(stayNs, "operator.leave", () -> leave(id));
        }
        watch.onStorageLost(brokerId);
        write(operations);
    }

    /** The process that took an id ends, where it is there still. */
    private void leave(final String id)
    {
        final Node registration = cluster.ensemble().node(id);
        if (null != registration && registration.ephemeralOwner() == coordination.sessionId())
        {
            write(List.of(Operation.delete(id, Coordination.ANY_VERSION)));
            // The ensemble may be away.
            cluster.world().after(World.SECOND, "operator.leave", () -> leave(id));
        }
    }

    private void write(final List<Operation> operations)
    {
        coordination.multi(operations, (status, failedIndex, versions) ->
        {
            // A request that fails is not repeated: operators do what they like.
        });
    }

    private void changeMinIsr(final String name, final int minIsr)
    {
        final ClusterNode controller = watch.controller();
        if (null != controller && tree.topics().containsKey(name))
        {
            cluster.broker(watch.controllerId()).run("admin", () -> controller.changeMinIsr(
                name, minIsr, (refusal, topicId, message) ->
                {
                    // What became of it is in the states.
                }));
        }
    }

    private void ask()
    {
        final ClusterNode controller = watch.controller();
        if (!isBusy && null != controller)
        {
            for (int i = 0; i < scenario.topics() && !isBusy; i++)
            {
                ask(controller, scenario.topicName(i));
            }
        }
        cluster.world().after(ASK_NS, "run.admin", this::ask);
    }

    /** An answer may never come: the controller may die. */
    private void waitForAnswer()
    {
        isBusy = true;
        cluster.world().after(PATIENCE_NS, "run.admin", () -> isBusy = false);
    }

    private void ask(final ClusterNode controller, final String name)
    {
        final boolean isWanted = wantedTopics.contains(name);
        if (isWanted == tree.topics().containsKey(name))
        {
            return;
        }
        waitForAnswer();
        cluster.broker(watch.controllerId()).run("admin", () ->
        {
            if (isWanted)
            {
                controller.createTopic(
                    name, scenario.partitions(), scenario.replication(), scenario.topicConfig(),
                    (refusal, topicId, message) -> isBusy = false);
            }
            else
            {
                controller.deleteTopic(name, (refusal, topicId, message) -> isBusy = false);
            }
        });
    }
}
