package io.epona.broker.cli.cluster;

import io.epona.engine.cluster.AdminRequests;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.cluster.Uuid;

import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * What the nodes of a cluster's tree hold, field by field. Stateless: any thread.
 */
final class NodeFields
{
    /**
     * Takes the fields of a node, in order.
     */
    interface Sink
    {
        /**
         * @param kind of the node.
         */
        void kind(String kind);

        void put(String name, long value);

        void put(String name, boolean value);

        void put(String name, String value);

        void ids(String name, List<Integer> ids);

        void members(String name, List<PartitionState.Member> members);

        void texts(String name, List<String> texts);

        void map(String name, Map<String, String> map);
    }

    private NodeFields()
    {
    }

    /**
     * Decode a node.
     *
     * @param path    of the node.
     * @param value   of the node.
     * @param version of the node, which tells the life of a broker.
     * @param sink    for kind and fields.
     * @throws NodeValues.DamagedValueException where the value is not what the path promises; the sink has the kind.
     */
    static void describe(final String path, final byte[] value, final int version, final Sink sink)
    {
        switch (parent(path))
        {
            case Paths.BROKER_EPOCHS -> lives(path, value, version, sink);
            case Paths.BROKER_IDS -> registration(path, value, sink);
            case Paths.TOPICS -> topic(path, value, sink);
            case Paths.IDS ->
            {
                sink.kind("counter");
                sink.put("nextId", NodeValues.decodeCounter(path, value));
            }
            case Paths.ADMIN_DELETE, Paths.ADMIN_PREFERRED, Paths.ADMIN_REASSIGN, Paths.ADMIN_UNCLEAN ->
                request(path, value, sink);
            default -> other(path, value, sink);
        }
    }

    static String parent(final String path)
    {
        return path.substring(0, path.lastIndexOf('/'));
    }

    private static void other(final String path, final byte[] value, final Sink sink)
    {
        if (Paths.CLUSTER_ID.equals(path))
        {
            sink.kind("cluster");
            sink.put("clusterId", NodeValues.decodeClusterId(path, value).toString());
        }
        else if (Paths.CONTROLLER.equals(path))
        {
            sink.kind("controller");
            final NodeValues.ControllerClaim claim = NodeValues.decodeControllerClaim(path, value);
            sink.put("broker", claim.brokerId());
            sink.put("brokerEpoch", claim.brokerEpoch());
            sink.put("controllerEpoch", claim.controllerEpoch());
        }
        else if (Paths.CONTROLLER_EPOCH.equals(path))
        {
            sink.kind("controller-epoch");
            sink.put("controllerEpoch", NodeValues.decodeControllerEpoch(path, value));
        }
        else if (path.matches(Paths.STATE + "/\\d+/\\d+"))
        {
            partition(path, value, sink);
        }
        else
        {
            sink.kind(0 == value.length ? "folder" : "unknown");
            if (value.length > 0)
            {
                sink.put("hex", HexFormat.of().formatHex(value));
            }
        }
    }

    private static void lives(final String path, final byte[] value, final int version, final Sink sink)
    {
        sink.kind("broker-lives");
        final NodeValues.BrokerLives lives = NodeValues.decodeBrokerLives(path, value);
        sink.put("brokerEpoch", version);
        sink.put("cleanSince", lives.cleanSince());
        sink.put("durableSince", lives.durableSince());
        sink.texts("directories", lives.dirIds().stream().map(Uuid::toString).toList());
    }

    private static void registration(final String path, final byte[] value, final Sink sink)
    {
        sink.kind("broker");
        final NodeValues.Registration registration = NodeValues.decodeRegistration(path, value);
        sink.put("brokerEpoch", registration.brokerEpoch());
        sink.put("running", registration.isRunning());
        sink.put("host", registration.host());
        sink.put("port", registration.port());
        sink.put("shards", registration.shards());
        sink.put("maxMessageBytes", registration.maxMessageBytes());
        sink.put("directory", registration.dirId().toString());
    }

    private static void topic(final String path, final byte[] value, final Sink sink)
    {
        sink.kind("topic");
        final TopicRecord topic = NodeValues.decodeTopic(path, value);
        sink.put("topicId", topic.topicId());
        sink.put("partitions", topic.partitionCount());
        sink.put("replicationFactor", topic.replicationFactor());
        sink.map("config", topic.config());
    }

    private static void partition(final String path, final byte[] value, final Sink sink)
    {
        sink.kind("partition");
        final PartitionState state = NodeValues.decodeState(path, value);
        sink.put("leader", state.leader());
        sink.put("leaderEpoch", state.leaderEpoch());
        sink.put("leaderBrokerEpoch", state.leaderBrokerEpoch());
        sink.ids("replicas", state.replicas());
        sink.members("isr", state.isr());
        sink.members("elr", state.elr());
        sink.members("lastKnownElr", state.lastKnownElr());
        sink.put("minIsr", state.minIsr());
        sink.ids("adding", state.adding());
        sink.ids("removing", state.removing());
        sink.put("resigned", state.resigned());
        sink.put("lastUncleanEpoch", state.lastUncleanEpoch());
        sink.put("recovering", state.recovering());
        sink.put("uncleanElection", state.uncleanElection());
        sink.put("groupFsync", state.groupFsync());
        sink.put("controllerEpoch", state.controllerEpoch());
    }

    private static void request(final String path, final byte[] value, final Sink sink)
    {
        sink.kind(parent(path).substring(Paths.ADMIN.length() + 1) + "-request");
        final AdminRequests.Content content = AdminRequests.decode(path, value);
        sink.put("topicId", content.topicId());
        if (!Paths.ADMIN_DELETE.equals(parent(path)))
        {
            sink.put("partition", content.partition());
        }
        if (Paths.ADMIN_UNCLEAN.equals(parent(path)))
        {
            sink.put("broker", content.brokerId());
        }
        if (Paths.ADMIN_REASSIGN.equals(parent(path)))
        {
            sink.ids("target", content.target());
        }
    }
}
