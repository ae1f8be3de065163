package io.epona.engine.cluster;

import io.epona.engine.cluster.NodeValues.BrokerLives;
import io.epona.engine.cluster.NodeValues.Registration;
import org.agrona.ErrorHandler;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a controller has read of the tree, and which partitions are to be looked at for it: those whose state, brokers,
 * topic or requests changed.
 * <p>
 * A broker's two nodes are read one by one. Where they do not tell of the same life, one of them is old: the broker is
 * uncertain until the other was read, and nothing is decided about its partitions.
 * <p>
 * Owned by the controller.
 */
final class ControllerState implements TreeMirror.Listener
{
    /** A partition as it was read or written last. */
    static final class Partition
    {
        private final long topicId;
        private final int partition;
        private PartitionState state;
        private int version;
        private boolean isDirty;
        private boolean isWriting;
        private boolean isStale;
        private int wantedMinIsr;

        private Partition(final long topicId, final int partition)
        {
            this.topicId = topicId;
            this.partition = partition;
        }

        long topicId()
        {
            return topicId;
        }

        int partition()
        {
            return partition;
        }

        PartitionState state()
        {
            return state;
        }

        int version()
        {
            return version;
        }

        boolean isWriting()
        {
            return isWriting;
        }

        void isWriting(final boolean isWriting)
        {
            this.isWriting = isWriting;
        }

        /**
         * @return whether what is known is too old to decide on, and is being read again.
         */
        boolean isStale()
        {
            return isStale;
        }

        void onRefused()
        {
            isStale = true;
        }

        int wantedMinIsr()
        {
            return wantedMinIsr;
        }

        boolean isRetired()
        {
            return state.replicas().isEmpty();
        }
    }

    /**
     * A topic as it was read.
     *
     * @param name    of the topic.
     * @param record  its value.
     * @param version of its node.
     */
    record Topic(String name, TopicRecord record, int version)
    {
    }

    /**
     * A request of an operator.
     *
     * @param path    of its node.
     * @param content of its node.
     * @param version of its node.
     */
    record Request(String path, AdminRequests.Content content, int version)
    {
    }

    private static final class Broker
    {
        private BrokerLives lives;
        private int livesVersion = -1;
        private Registration registration;
        private BrokerRecord known;
    }

    private final ErrorHandler errorHandler;
    private final TreeMap<Integer, Broker> brokers = new TreeMap<>();
    private final TreeMap<String, Topic> topics = new TreeMap<>();
    private final TreeMap<Long, Topic> topicsById = new TreeMap<>();
    /** Ids of topics that were there, or were to be made, and are not. */
    private final TreeSet<Long> doomed = new TreeSet<>();
    private final TreeMap<Long, TreeMap<Integer, Partition>> partitions = new TreeMap<>();
    private final TreeMap<String, Request> requests = new TreeMap<>();
    private final ArrayDeque<Partition> dirty = new ArrayDeque<>();

    /**
     * @param errorHandler told of values that are damaged; they are passed over.
     */
    ControllerState(final ErrorHandler errorHandler)
    {
        this.errorHandler = errorHandler;
    }

    void clear()
    {
        brokers.clear();
        topics.clear();
        topicsById.clear();
        doomed.clear();
        partitions.clear();
        requests.clear();
        dirty.clear();
    }

    /**
     * @return the broker as both of its nodes tell of it, or null where these do not go together yet.
     */
    BrokerRecord broker(final int brokerId)
    {
        final Broker broker = brokers.get(brokerId);
        return null == broker ? BrokerRecord.UNKNOWN : broker.known;
    }

    /**
     * @return ids of the brokers that run, ascending.
     */
    List<Integer> runningBrokers()
    {
        final List<Integer> running = new ArrayList<>();
        brokers.forEach((id, broker) ->
        {
            if (null != broker.known && broker.known.isRunning())
            {
                running.add(id);
            }
        });

        return running;
    }

    Topic topic(final String name)
    {
        return topics.get(name);
    }

    Topic topic(final long topicId)
    {
        return topicsById.get(topicId);
    }

    void put(final Topic topic)
    {
        remove(topics.get(topic.name()));
        topics.put(topic.name(), topic);
        topicsById.put(topic.record().topicId(), topic);
        doomed.remove(topic.record().topicId());
        markDirty(topic.record().topicId());
    }

    void remove(final Topic topic)
    {
        if (null != topic)
        {
            topics.remove(topic.name());
            topicsById.remove(topic.record().topicId());
            doom(topic.record().topicId());
        }
    }

    /** There is no topic of an id, and there will be none: what is left of it is to go. */
    void doom(final long topicId)
    {
        doomed.add(topicId);
        markDirty(topicId);
    }

    boolean isDoomed(final long topicId)
    {
        return doomed.contains(topicId);
    }

    TreeMap<Long, TreeMap<Integer, Partition>> partitions()
    {
        return partitions;
    }

    Partition partition(final long topicId, final int partition)
    {
        final TreeMap<Integer, Partition> ofTopic = partitions.get(topicId);
        return null == ofTopic ? null : ofTopic.get(partition);
    }

    /**
     * @return the partition that a request concerns, or null where there is none.
     */
    Partition partition(final Request request)
    {
        return partition(request.content().topicId(), request.content().partition());
    }

    /** Take a state where it is newer than what is known. The partition is looked at in any case. */
    void put(final long topicId, final int index, final PartitionState state, final int version)
    {
        final TreeMap<Integer, Partition> ofTopic = partitions.computeIfAbsent(topicId, (key) -> new TreeMap<>());
        final Partition partition = ofTopic.computeIfAbsent(index, (key) -> new Partition(topicId, index));
        if (null == partition.state || version > partition.version)
        {
            partition.state = state;
            partition.version = version;
        }
        markDirty(partition);
    }

    void removePartitions(final long topicId)
    {
        partitions.remove(topicId);
        doomed.remove(topicId);
    }

    void wantMinIsr(final Partition partition, final int minIsr)
    {
        partition.wantedMinIsr = minIsr;
        markDirty(partition);
    }

    TreeMap<String, Request> requests()
    {
        return requests;
    }

    void markDirty(final Partition partition)
    {
        if (!partition.isDirty)
        {
            partition.isDirty = true;
            dirty.add(partition);
        }
    }

    void markDirty(final long topicId)
    {
        partitions.getOrDefault(topicId, new TreeMap<>()).values().forEach(this::markDirty);
    }

    /**
     * @return a partition to look at, or null.
     */
    Partition pollDirty()
    {
        final Partition partition = dirty.poll();
        if (null != partition)
        {
            partition.isDirty = false;
        }

        return partition;
    }

    @Override
    public void onNode(final String path, final byte[] value, final int version)
    {
        try
        {
            take(path, value, version);
        }
        catch (final NodeValues.DamagedValueException | NumberFormatException ex)
        {
            errorHandler.onError(ex);
        }
    }

    private void take(final String path, final byte[] value, final int version)
    {
        final String parent = Paths.parent(path);
        final String name = Paths.name(path);
        switch (parent)
        {
            case Paths.BROKER_EPOCHS ->
            {
                final Broker broker = brokers.computeIfAbsent(Integer.valueOf(name), (key) -> new Broker());
                broker.lives = NodeValues.decodeBrokerLives(path, value);
                broker.livesVersion = version;
                onBroker(Integer.parseInt(name), broker);
            }
            case Paths.BROKER_IDS ->
            {
                final Broker broker = brokers.computeIfAbsent(Integer.valueOf(name), (key) -> new Broker());
                broker.registration = NodeValues.decodeRegistration(path, value);
                onBroker(Integer.parseInt(name), broker);
            }
            case Paths.TOPICS -> put(new Topic(name, NodeValues.decodeTopic(path, value), version));
            case Paths.STATE -> partitions.computeIfAbsent(Long.valueOf(name), (key) -> new TreeMap<>());
            case Paths.ADMIN_DELETE, Paths.ADMIN_PREFERRED, Paths.ADMIN_REASSIGN, Paths.ADMIN_UNCLEAN ->
            {
                final Request request = new Request(path, AdminRequests.decode(path, value), version);
                requests.put(path, request);
                final Partition partition = partition(request);
                if (null != partition)
                {
                    markDirty(partition);
                }
            }
            default ->
            {
                if (Paths.STATE.equals(Paths.parent(parent)))
                {
                    final long topicId = Long.parseLong(Paths.name(parent));
                    final int index = Integer.parseInt(name);
                    put(topicId, index, NodeValues.decodeState(path, value), version);
                    partition(topicId, index).isStale = false;
                }
            }
        }
    }

    @Override
    public void onGone(final String path)
    {
        final String parent = Paths.parent(path);
        final String name = Paths.name(path);
        switch (parent)
        {
            case Paths.BROKER_IDS ->
            {
                final Broker broker = brokers.get(Integer.valueOf(name));
                if (null != broker)
                {
                    broker.registration = null;
                    onBroker(Integer.parseInt(name), broker);
                }
            }
            case Paths.TOPICS -> remove(topics.get(name));
            case Paths.STATE -> partitions.remove(Long.valueOf(name));
            case Paths.ADMIN_DELETE, Paths.ADMIN_PREFERRED, Paths.ADMIN_REASSIGN, Paths.ADMIN_UNCLEAN ->
                requests.remove(path);
            default ->
            {
                if (Paths.STATE.equals(Paths.parent(parent)))
                {
                    final Map<Integer, Partition> ofTopic = partitions.get(Long.valueOf(Paths.name(parent)));
                    if (null != ofTopic)
                    {
                        ofTopic.remove(Integer.valueOf(name));
                    }
                }
            }
        }
    }

    private void onBroker(final int brokerId, final Broker broker)
    {
        final Registration registration = broker.registration;
        if (null == broker.lives || null != registration && registration.brokerEpoch() != broker.livesVersion)
        {
            broker.known = null;
            return;
        }

        broker.known = new BrokerRecord(
            brokerId, broker.livesVersion, broker.lives.cleanSince(), broker.lives.durableSince(),
            null != registration, null != registration && registration.isRunning());
        for (final TreeMap<Integer, Partition> ofTopic : partitions.values())
        {
            for (final Partition partition : ofTopic.values())
            {
                if (partition.state.replicas().contains(brokerId))
                {
                    markDirty(partition);
                }
            }
        }
    }
}
