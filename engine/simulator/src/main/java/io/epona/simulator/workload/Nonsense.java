package io.epona.simulator.workload;

import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.local.NodeTree.Node;
import io.epona.simulator.SimBroker;
import io.epona.simulator.SimCluster;
import io.epona.simulator.Site;
import io.epona.simulator.oracle.NodeReplicaView;
import io.epona.simulator.oracle.Oracle;
import io.epona.simulator.oracle.TreeWatch;

/**
 * Lets a broker hear {@link SenselessMessages} and looks whether they change anything.
 * <p>
 * Owned by the thread of its world.
 */
final class Nonsense
{
    private static final int MESSAGES = 8;

    private final Scenario scenario;
    private final SimCluster cluster;
    private final BrokerWatch watch;
    private final TreeWatch tree;
    private final Oracle oracle;
    private final Site site;
    private final SenselessMessages messages = new SenselessMessages();

    Nonsense(
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
        this.site = cluster.world().site("run", "nonsense");
    }

    /**
     * @param input of the kind {@link InputKind#NONSENSE}.
     */
    void hear(final Input input)
    {
        final TopicRecord topic = tree.topics().get(scenario.topicName(input.n() / scenario.partitions()));
        final Node sender = cluster.ensemble().node(Paths.brokerEpoch(input.b()));
        final int partition = input.n() % scenario.partitions();
        final PartitionState state = null == topic ? null : oracle.state(topic.topicId(), partition);
        if (null == state || null == sender || input.a() == input.b())
        {
            return;
        }
        // Of an epoch that the receiver has not heard of a leader says nothing to it.
        final NodeReplicaView heard = watch.view(input.a(), topic.topicId(), partition);
        final SenselessMessages.Words words = new SenselessMessages.Words(
            input.b(), sender.version(), topic.topicId(), partition,
            null == heard ? state.leaderEpoch() : heard.leaderEpoch());
        final SimBroker receiver = cluster.broker(input.a());
        for (int i = 0; i < MESSAGES; i++)
        {
            messages.make(words, site);
            receiver.run("nonsense", () ->
            {
                // What it would have done by itself in its next step is not the message's doing.
                receiver.node().shard().doWork(receiver.clock().nowNs());
                final String before = watch.describe(input.a());
                receiver.node().shard().onMessage(input.b(), messages.buffer(), 0, messages.length());
                oracle.onStaleMessage(before, watch.describe(input.a()), "a senseless message");
            });
        }
    }
}
