package io.epona.simulator.workload;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.AdminRequests;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.TopicHandler;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.node.ClusterNode;
import io.epona.simulator.SimCluster;
import io.epona.simulator.World;
import io.epona.simulator.oracle.RequestCheck;
import io.epona.simulator.oracle.TreeWatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Sends what operators ask for by mistake, and holds the answers against what is wrong with it.
 * <p>
 * Owned by the thread of its world.
 */
final class WrongRequests
{
    private static final WrongRequest[] ALL = WrongRequest.values();
    private static final List<String> NO_NAMES = List.of("", "a/b", "two words", "..", "\u00fc");
    private static final List<String> NO_PATHS = List.of("", "a//b", "two words", "a/", "\u00fc", "\u007f");
    private static final List<Map<String, String>> NO_SETTINGS = List.of(
        Map.of("min.insync.replicas", "0"), Map.of("segment.bytes", "many"), Map.of("no.such.setting", "1"));
    /** Name of requests that nobody can read, and so nobody does. */
    static final String RUBBISH = "rubbish";
    private static final String NOWHERE = "nowhere";
    private static final int NO_BROKER = 77;
    private static final int NO_PARTITION = 999;
    private static final long NO_TOPIC = 1L << 40;
    private static final long RUBBISH_NS = 3 * World.SECOND;

    private final Scenario scenario;
    private final SimCluster cluster;
    private final BrokerWatch watch;
    private final TreeWatch tree;
    private final RequestCheck check;
    private final Consumer<List<Operation>> writer;

    WrongRequests(
        final Scenario scenario,
        final SimCluster cluster,
        final BrokerWatch watch,
        final TreeWatch tree,
        final RequestCheck check,
        final Consumer<List<Operation>> writer)
    {
        this.scenario = scenario;
        this.cluster = cluster;
        this.watch = watch;
        this.tree = tree;
        this.check = check;
        this.writer = writer;
    }

    /**
     * @param input of the kind {@link InputKind#WRONG}.
     */
    void send(final Input input)
    {
        final WrongRequest request = ALL[Math.floorMod(input.n(), ALL.length)];
        final String name = scenario.topicName(input.a() / scenario.partitions());
        final TopicRecord topic = tree.topics().get(name);
        final int partition = input.a() % scenario.partitions();
        switch (request)
        {
            case SHAPE -> shapes();
            case NAME -> NO_NAMES.forEach((wrong) ->
                create(wrong, scenario.partitions(), scenario.replication(), ResultCode.INVALID_NAME));
            case SETTING -> settings();
            case EXISTING -> existing(name, topic);
            case TWICE -> twice(name, topic);
            case UNKNOWN_TOPIC -> unknownTopic();
            case MIN_ISR -> ofController((controller, answer) ->
                controller.changeMinIsr(name, -(input.b() & 1), answer),
                "a least number of " + -(input.b() & 1), ResultCode.INVALID_CONFIG, ResultCode.UNKNOWN_TOPIC);
            case OTHER_BROKER -> otherBroker(name, input.b());
            case TARGET -> ofTopic(topic, (topicId) -> targets(topicId, partition, input.b()));
            case UNKNOWN_PARTITION -> ofTopic(topic, this::unknownPartition);
            case STRANGER -> ofTopic(topic, (topicId) ->
                write(AdminRequests.electUnclean(topicId, partition, NO_BROKER)));
            case FORMER_TOPIC ->
            {
                ofTopic(topic, (topicId) -> write(AdminRequests.delete(name, topicId - 1)));
                write(AdminRequests.delete(NOWHERE, NO_TOPIC));
            }
            case RUBBISH -> rubbish(input.a());
            default -> NO_PATHS.forEach(this::unsendable);
        }
    }

    private void shapes()
    {
        create(NOWHERE, 1, scenario.brokers() + 1, ResultCode.INVALID_REPLICATION);
        create(NOWHERE, 1, 0, ResultCode.INVALID_REPLICATION);
        // Where no broker is known to run, it is the replication that cannot be had.
        create(NOWHERE, 0, -1, ResultCode.INVALID_CONFIG, ResultCode.INVALID_REPLICATION);
        create(NOWHERE, 5_000, 1, ResultCode.INVALID_CONFIG, ResultCode.INVALID_REPLICATION);
    }

    private void settings()
    {
        for (final Map<String, String> config : NO_SETTINGS)
        {
            ofController(
                (controller, answer) -> controller.createTopic(NOWHERE, 1, 1, config, answer),
                "a topic with " + config, ResultCode.INVALID_CONFIG);
        }
    }

    private void existing(final String name, final TopicRecord topic)
    {
        if (null != topic)
        {
            ofController(
                (controller, answer) -> controller.createTopic(
                    name, scenario.partitions(), -1, scenario.topicConfig(), (refusal, topicId, message) ->
                    {
                        // It may be deleted meanwhile, and the answer may be of a controller that is none any more.
                        if (topic.equals(tree.topics().get(name)))
                        {
                            answer.onTopic(refusal, topicId, message);
                        }
                    }),
                "a topic that exists", ResultCode.TOPIC_EXISTS, ResultCode.TIMED_OUT);
        }
    }

    private void twice(final String name, final TopicRecord topic)
    {
        if (null == topic)
        {
            ofController(
                (controller, answer) ->
                {
                    controller.createTopic(
                        name, scenario.partitions(), scenario.replication(), scenario.topicConfig(),
                        (refusal, topicId, message) ->
                        {
                            // This one may be.
                        });
                    controller.createTopic(
                        name, scenario.partitions(), scenario.replication(), scenario.topicConfig(), answer);
                },
                "a topic twice", ResultCode.TOPIC_EXISTS, ResultCode.INVALID_REPLICATION);
        }
    }

    private void unknownTopic()
    {
        ofController(
            (controller, answer) -> controller.deleteTopic(NOWHERE, answer),
            "the deletion of no topic", ResultCode.UNKNOWN_TOPIC);
        ofController(
            (controller, answer) -> controller.changeMinIsr(NOWHERE, 1, answer),
            "a least number for no topic", ResultCode.UNKNOWN_TOPIC);
    }

    private void otherBroker(final String name, final int brokerId)
    {
        final ClusterNode node = cluster.broker(brokerId).node();
        if (null != node && !node.isController())
        {
            cluster.broker(brokerId).run("admin", () ->
            {
                final TopicHandler answer = answer("what is the controller's", List.of(ResultCode.NOT_CONTROLLER));
                node.createTopic(NOWHERE, 1, 1, Map.of(), answer);
                node.deleteTopic(name, answer);
                node.changeMinIsr(name, 1, answer);
            });
        }
    }

    private void targets(final long topicId, final int partition, final int brokerId)
    {
        final List<List<Integer>> targets =
            List.of(List.of(NO_BROKER), List.of(brokerId, NO_BROKER), List.of(brokerId, brokerId), List.of());
        write(AdminRequests.reassign(topicId, partition, targets.get(brokerId % targets.size())));
    }

    private void unknownPartition(final long topicId)
    {
        write(AdminRequests.reassign(topicId, NO_PARTITION, List.of(1)));
        write(AdminRequests.prefer(NO_TOPIC, 0));
        write(AdminRequests.electUnclean(topicId, NO_PARTITION, 1));
    }

    private void rubbish(final int a)
    {
        final List<Operation> made = new ArrayList<>();
        final List<Operation> taken = new ArrayList<>();
        for (final String parent : List.of(Paths.ADMIN_DELETE, Paths.ADMIN_PREFERRED, Paths.ADMIN_REASSIGN))
        {
            final String path = parent + '/' + RUBBISH;
            made.add(Operation.create(path, new byte[a]));
            taken.add(Operation.delete(path, Coordination.ANY_VERSION));
        }
        writer.accept(made);
        cluster.world().after(RUBBISH_NS, "operator.takeBack", () -> writer.accept(taken));
    }

    private void unsendable(final String name)
    {
        boolean isRefused = false;
        try
        {
            AdminRequests.delete(name, NO_TOPIC);
        }
        catch (final IllegalArgumentException ex)
        {
            isRefused = true;
        }
        check.onUnsendable("the deletion of '" + name + "'", isRefused);
    }

    private static void ofTopic(final TopicRecord topic, final Consumer<Long> request)
    {
        if (null != topic)
        {
            request.accept(topic.topicId());
        }
    }

    private void create(
        final String name, final int partitions, final int replication, final ResultCode... expected)
    {
        ofController(
            (controller, answer) -> controller.createTopic(
                name, partitions, replication, scenario.topicConfig(), answer),
            "topic '" + name + "' with " + partitions + " x " + replication, expected);
    }

    private void ofController(
        final BiConsumer<ClusterNode, TopicHandler> request, final String what, final ResultCode... expected)
    {
        final ClusterNode controller = watch.controller();
        if (null != controller)
        {
            final List<ResultCode> answers = new ArrayList<>(List.of(expected));
            answers.add(ResultCode.NOT_CONTROLLER);
            cluster.broker(watch.controllerId()).run(
                "admin", () -> request.accept(controller, answer(what, answers)));
        }
    }

    private TopicHandler answer(final String what, final List<ResultCode> expected)
    {
        return (refusal, topicId, message) -> check.onAnswer(what, refusal, expected);
    }

    private void write(final Operation operation)
    {
        writer.accept(List.of(operation));
    }
}
