package io.epona.engine.node;

import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.cluster.TreeReader;
import org.agrona.ErrorHandler;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a broker knows of the cluster: the registered brokers, the topics, the states of partitions. One watch each on
 * {@code /brokers/ids}, {@code /topics} and {@code /state}; a watch is a hint, upon which is read, and what was read
 * is taken where it is newer than what is known. A version in between that nobody read is missed, which must be
 * harmless.
 * <p>
 * Read only after this life has registered, on the same session ({@link #begin}): the registration is a write, so what
 * is read after it is not older, and a restarted broker cannot see an epoch below one that it has already
 * acknowledged.
 * <p>
 * Owned by the thread that owns the coordination, and called back on it.
 */
final class ClusterView implements TreeReader.Handler
{
    /** Hears what is new. Called back while a value is taken: by {@link Coordination#poll()}. */
    interface Listener
    {
        /**
         * @param topicId   of the topic.
         * @param partition number.
         * @param version   of the state's node, higher than any told before.
         * @param state     of the partition.
         */
        void onState(long topicId, int partition, int version, PartitionState state);

        /**
         * @param topicId   of the topic.
         * @param partition number, whose state was known and is gone.
         */
        void onStateGone(long topicId, int partition);

        /**
         * @param name  of the topic, which is new.
         * @param topic its value.
         */
        void onTopic(String name, TopicRecord topic);

        /**
         * @param name  of the topic, which does not exist any more.
         * @param topic its value.
         */
        void onTopicGone(String name, TopicRecord topic);

        /**
         * @param broker as it is registered now: a new one, in a new life, or saying something else of itself.
         */
        void onBroker(NodeMetadata.Broker broker);

        /**
         * @param brokerId of a broker that is not registered any more.
         */
        void onBrokerGone(int brokerId);

        /** Everything was read once on this session. */
        void onEverythingRead();
    }

    /**
     * A state as it was read.
     *
     * @param version of its node.
     * @param state   of the partition.
     */
    record VersionedState(int version, PartitionState state)
    {
    }

    private final TreeReader reader;
    private final Listener listener;
    private final ErrorHandler errorHandler;
    private final TreeMap<Long, TreeMap<Integer, VersionedState>> states = new TreeMap<>();
    private final TreeMap<String, TopicRecord> topics = new TreeMap<>();
    private final TreeMap<Long, String> topicNames = new TreeMap<>();
    private final TreeMap<Integer, NodeValues.Registration> brokers = new TreeMap<>();
    private final MetadataCache metadata = new MetadataCache(this);
    private boolean isReading;
    private boolean isWatching;
    private boolean isComplete;

    /**
     * @param coordination to read.
     * @param listener     told what is new.
     * @param errorHandler told of values that are damaged; they are passed over.
     */
    ClusterView(final Coordination coordination, final Listener listener, final ErrorHandler errorHandler)
    {
        this.reader = new TreeReader(coordination, this);
        this.listener = listener;
        this.errorHandler = errorHandler;
        coordination.watch(Paths.BROKER_IDS, this::onChanged);
        coordination.watch(Paths.TOPICS, this::onChanged);
        coordination.watch(Paths.STATE, this::onChanged);
    }

    /**
     * Read everything: this life is registered on the session that holds.
     */
    void begin()
    {
        reader.restart();
        isWatching = true;
        isReading = true;
        readEverything();
    }

    /**
     * The session is over: what is known stays, nothing is read before the next {@link #begin}.
     */
    void end()
    {
        reader.restart();
        isWatching = false;
        isReading = false;
    }

    /**
     * Read a state, since somebody says that it has changed.
     *
     * @param topicId   of the topic.
     * @param partition number.
     */
    void refresh(final long topicId, final int partition)
    {
        if (isWatching)
        {
            reader.readValue(Paths.state(topicId, partition));
        }
    }

    /**
     * This broker wrote a state: it is known, and nobody has to be told.
     *
     * @param topicId   of the topic.
     * @param partition number.
     * @param written   with the version that the write gave it.
     */
    void onWritten(final long topicId, final int partition, final VersionedState written)
    {
        final VersionedState known = state(topicId, partition);
        if (null != known && written.version() > known.version())
        {
            states.get(topicId).put(partition, written);
            metadata.onState(topicId);
        }
    }

    /**
     * Send what is to be read.
     *
     * @param nowNs       epoch ns.
     * @param isConnected whether the session holds and is not suspended.
     * @return amount of work done.
     */
    int doWork(final long nowNs, final boolean isConnected)
    {
        if (isReading && reader.isIdle())
        {
            isReading = false;
            isComplete = true;
            listener.onEverythingRead();
            return 1;
        }

        return reader.doWork(nowNs, isConnected);
    }

    /**
     * @return whether everything is being read anew on this session: what is gone may have gone long before.
     */
    boolean isReading()
    {
        return isReading;
    }

    /**
     * @param brokerId of a broker.
     * @return whether it is registered, as far as was read.
     */
    boolean isRegistered(final int brokerId)
    {
        return brokers.containsKey(brokerId);
    }

    /**
     * @return whether everything was read at least once in this life.
     */
    boolean isComplete()
    {
        return isComplete;
    }

    /**
     * @param topicId   of the topic.
     * @param partition number.
     * @return what is known of the partition, or null.
     */
    VersionedState state(final long topicId, final int partition)
    {
        final TreeMap<Integer, VersionedState> partitions = states.get(topicId);
        return null == partitions ? null : partitions.get(partition);
    }

    /**
     * @param brokerId    of a broker.
     * @param brokerEpoch its life.
     * @return whether it leads or is in sync with a partition that can do without it: another broker is in sync,
     *         registered in the same life and does not stop.
     */
    boolean isInSyncWithOthers(final int brokerId, final int brokerEpoch)
    {
        final Member life = new Member(brokerId, brokerEpoch);
        for (final TreeMap<Integer, VersionedState> partitions : states.values())
        {
            for (final VersionedState known : partitions.values())
            {
                if (known.state().isr().contains(life) && isOtherRunning(known.state(), brokerId))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private boolean isOtherRunning(final PartitionState state, final int brokerId)
    {
        for (final Member member : state.isr())
        {
            final NodeValues.Registration registration = brokers.get(member.brokerId());
            if (member.brokerId() != brokerId && null != registration && registration.isRunning() &&
                registration.brokerEpoch() == member.brokerEpoch())
            {
                return true;
            }
        }

        return false;
    }

    /**
     * @param topicId of a topic.
     * @return its name, or null where no topic that exists has the id.
     */
    String topicName(final long topicId)
    {
        return topicNames.get(topicId);
    }

    /**
     * @param name of a topic.
     * @return its value, or null where it does not exist.
     */
    TopicRecord topic(final String name)
    {
        return topics.get(name);
    }

    /**
     * @param controllerId broker id of the controller, -1 for none.
     * @return what clients are told now; null where it is what they were told last.
     */
    NodeMetadata takeMetadata(final int controllerId)
    {
        return metadata.takeChanged(controllerId);
    }

    private void readEverything()
    {
        reader.readChildren(Paths.BROKER_IDS);
        reader.readChildren(Paths.TOPICS);
        reader.readChildren(Paths.STATE);
    }

    private void onChanged(final String path)
    {
        if (!isWatching)
        {
            return;
        }

        if (Paths.BROKER_IDS.equals(path) || Paths.TOPICS.equals(path) || Paths.STATE.equals(path))
        {
            reader.readChildren(path);
        }
        else if (path.startsWith(Paths.STATE + '/') && path.indexOf('/', Paths.STATE.length() + 1) < 0)
        {
            reader.readChildren(path);
        }
        else
        {
            reader.readValue(path);
        }
    }

    @Override
    public void onChildren(final String path, final List<String> children)
    {
        if (Paths.BROKER_IDS.equals(path))
        {
            readBelow(path, children, true);
            new ArrayList<>(brokers.keySet()).stream()
                .filter((id) -> !children.contains(Integer.toString(id))).forEach(this::onBrokerGone);
        }
        else if (Paths.TOPICS.equals(path))
        {
            readBelow(path, children, true);
            new ArrayList<>(topics.keySet()).stream()
                .filter((name) -> !children.contains(name)).forEach(this::onTopicGone);
        }
        else if (Paths.STATE.equals(path))
        {
            readBelow(path, children, false);
            new ArrayList<>(states.keySet()).stream()
                .filter((topicId) -> !children.contains(Long.toString(topicId)))
                .forEach((topicId) -> onStatesLeft(topicId, new TreeSet<>()));
        }
        else
        {
            readBelow(path, children, true);
            onStatesLeft(Long.parseLong(path.substring(Paths.STATE.length() + 1)), new TreeSet<>(children));
        }
    }

    private void readBelow(final String path, final List<String> children, final boolean areValues)
    {
        for (final String child : children)
        {
            if (areValues)
            {
                reader.readValue(path + '/' + child);
            }
            else
            {
                reader.readChildren(path + '/' + child);
            }
        }
    }

    private void onStatesLeft(final long topicId, final TreeSet<String> left)
    {
        final TreeMap<Integer, VersionedState> partitions = states.get(topicId);
        if (null != partitions)
        {
            new ArrayList<>(partitions.keySet()).stream()
                .filter((partition) -> !left.contains(Integer.toString(partition)))
                .forEach((partition) -> onStateGone(topicId, partition));
        }
    }

    @Override
    public void onValue(final String path, final byte[] value, final int version)
    {
        try
        {
            if (path.startsWith(Paths.STATE + '/'))
            {
                final int slash = path.lastIndexOf('/');
                final long topicId = Long.parseLong(path.substring(Paths.STATE.length() + 1, slash));
                onStateRead(path, topicId, Integer.parseInt(path.substring(slash + 1)), value, version);
            }
            else if (path.startsWith(Paths.TOPICS + '/'))
            {
                onTopicRead(path, path.substring(Paths.TOPICS.length() + 1), value);
            }
            else
            {
                onBrokerRead(path, Integer.parseInt(path.substring(Paths.BROKER_IDS.length() + 1)), value);
            }
        }
        catch (final NodeValues.DamagedValueException ex)
        {
            errorHandler.onError(ex);
        }
    }

    private void onStateRead(
        final String path, final long topicId, final int partition, final byte[] value, final int version)
    {
        if (null == value)
        {
            onStateGone(topicId, partition);
            return;
        }

        final VersionedState known = state(topicId, partition);
        if (null == known || version > known.version())
        {
            final PartitionState state = NodeValues.decodeState(path, value);
            states.computeIfAbsent(topicId, (id) -> new TreeMap<>()).put(
                partition, new VersionedState(version, state));
            metadata.onState(topicId);
            listener.onState(topicId, partition, version, state);
        }
    }

    private void onStateGone(final long topicId, final int partition)
    {
        final TreeMap<Integer, VersionedState> partitions = states.get(topicId);
        if (null != partitions && null != partitions.remove(partition))
        {
            if (partitions.isEmpty())
            {
                states.remove(topicId);
            }
            metadata.onState(topicId);
            listener.onStateGone(topicId, partition);
        }
    }

    private void onTopicRead(final String path, final String name, final byte[] value)
    {
        if (null == value)
        {
            onTopicGone(name);
            return;
        }

        final TopicRecord topic = NodeValues.decodeTopic(path, value);
        final TopicRecord known = topics.get(name);
        if (!topic.equals(known))
        {
            if (null != known && known.topicId() != topic.topicId())
            {
                onTopicGone(name);
            }
            topics.put(name, topic);
            topicNames.put(topic.topicId(), name);
            metadata.onTopic(name);
            listener.onTopic(name, topic);
        }
    }

    private void onTopicGone(final String name)
    {
        final TopicRecord known = topics.remove(name);
        if (null != known)
        {
            topicNames.remove(known.topicId());
            metadata.onTopic(name);
            listener.onTopicGone(name, known);
        }
    }

    private void onBrokerRead(final String path, final int brokerId, final byte[] value)
    {
        if (null == value)
        {
            onBrokerGone(brokerId);
            return;
        }

        final NodeValues.Registration registration = NodeValues.decodeRegistration(path, value);
        if (!registration.equals(brokers.put(brokerId, registration)))
        {
            final NodeMetadata.Broker broker = MetadataCache.broker(brokerId, registration);
            metadata.onBroker(broker);
            listener.onBroker(broker);
        }
    }

    private void onBrokerGone(final int brokerId)
    {
        if (null != brokers.remove(brokerId))
        {
            metadata.onBrokerGone(brokerId);
            listener.onBrokerGone(brokerId);
        }
    }
}
