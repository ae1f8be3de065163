package io.epona.engine.cluster;

/**
 * The paths of the tree and where each thing stands in it. Stateless: any thread.
 */
public final class Paths
{
    /** Random 128 bit, created once: the identity of the cluster. */
    public static final String CLUSTER_ID = "/cluster_id";
    /** An ephemeral node of the controller. */
    public static final String CONTROLLER = "/controller";
    /** Its version is the controller's epoch: every claim raises it, every write of a controller checks it. */
    public static final String CONTROLLER_EPOCH = "/controller_epoch";
    /** Requests of operators, deleted by the controller when done. */
    public static final String ADMIN = "/admin";
    /** Requests to delete a topic, by name. */
    public static final String ADMIN_DELETE = "/admin/delete";
    /** Requests to give the leadership to the preferred replica, by topic id and partition. */
    public static final String ADMIN_PREFERRED = "/admin/preferred";
    /** Requests to move a partition, by topic id and partition. */
    public static final String ADMIN_REASSIGN = "/admin/reassign";
    /** Requests to elect a replica that may lack records, by topic id and partition. */
    public static final String ADMIN_UNCLEAN = "/admin/unclean";
    /** Counters and blocks of ids. */
    public static final String IDS = "/ids";
    /** Counter of topic ids. */
    public static final String TOPIC_ID_COUNTER = "/ids/topic";
    /** Counter of producer ids. */
    public static final String PRODUCER_ID_COUNTER = "/ids/pid_block";
    /** Topics by name. */
    public static final String TOPICS = "/topics";
    /** Partition states by topic id and partition. */
    public static final String STATE = "/state";
    /** What is known of brokers. */
    public static final String BROKERS = "/brokers";
    /** A node per broker that ever registered: its version is the broker's epoch. */
    public static final String BROKER_EPOCHS = "/brokers/epochs";
    /** An ephemeral node per registered broker. */
    public static final String BROKER_IDS = "/brokers/ids";

    private Paths()
    {
    }

    /**
     * @param name of the topic, checked before.
     * @return path of its node.
     */
    public static String topic(final String name)
    {
        return TOPICS + '/' + name;
    }

    /**
     * @param topicId of the topic.
     * @return path of the node that holds its partitions.
     */
    public static String states(final long topicId)
    {
        return STATE + '/' + topicId;
    }

    /**
     * @param topicId   of the topic.
     * @param partition index.
     * @return path of the partition's state.
     */
    public static String state(final long topicId, final int partition)
    {
        return STATE + '/' + topicId + '/' + partition;
    }

    /**
     * @param brokerId of the broker.
     * @return path of the node whose version is the broker's epoch.
     */
    public static String brokerEpoch(final int brokerId)
    {
        return BROKER_EPOCHS + '/' + brokerId;
    }

    /**
     * @param brokerId of the broker.
     * @return path of the node that exists while the broker is registered.
     */
    public static String brokerId(final int brokerId)
    {
        return BROKER_IDS + '/' + brokerId;
    }

    /**
     * @param parent    of the requests: {@link #ADMIN_PREFERRED} and the like.
     * @param topicId   of the topic.
     * @param partition index.
     * @return path of a request that concerns a partition.
     */
    public static String request(final String parent, final long topicId, final int partition)
    {
        return parent + '/' + topicId + '-' + partition;
    }

    static String requireValid(final String path)
    {
        boolean isValid = path.length() > 1 && '/' == path.charAt(0) && '/' != path.charAt(path.length() - 1);
        for (int i = 0; isValid && i < path.length(); i++)
        {
            final char c = path.charAt(i);
            isValid = c > ' ' && c < 0x7f && !('/' == c && '/' == path.charAt(i + 1));
        }

        if (!isValid)
        {
            throw new IllegalArgumentException("not a path: " + path);
        }

        return path;
    }

    /**
     * @param path of a node.
     * @return path of the node above it.
     */
    public static String parent(final String path)
    {
        final int slash = path.lastIndexOf('/');
        return 0 == slash ? "/" : path.substring(0, slash);
    }

    static String name(final String path)
    {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
