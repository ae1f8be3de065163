package io.epona.engine.local;

import io.epona.codecs.ResultCode;
import io.epona.engine.Clock;
import io.epona.engine.EngineException;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.cluster.Uuid;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * What a starting broker does with its coordination, step after step: find the cluster's identity, read topics and
 * states, register, take the leaderships.
 * <p>
 * Owned by the launching thread, which owns the coordination until the housekeeper starts. Every method blocks until it
 * is answered, and throws {@link EngineException}: TIMED_OUT, INTERNAL, or DATA_LOSS for a damaged value.
 */
public final class ClusterSession
{
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long PARK_NS = 100_000;
    private static final int ELECTIONS_PER_CHANGE = 512;
    private static final byte[] EMPTY = new byte[0];

    private final Coordination coordination;
    private final Clock clock;
    private final int brokerId;
    private Status status;
    private Node node;
    private List<String> children;

    /**
     * A node as it was read.
     *
     * @param value   of the node.
     * @param version of the node.
     */
    private record Node(byte[] value, int version)
    {
    }

    /**
     * A partition's state as it was read.
     *
     * @param topicId   of the topic.
     * @param partition index.
     * @param state     of the partition.
     * @param version   of the state's node.
     */
    public record LoadedState(long topicId, int partition, PartitionState state, int version)
    {
    }

    /**
     * A topic as it was read.
     *
     * @param name   of the topic.
     * @param topic  its value.
     * @param states of its partitions, by index.
     */
    public record LoadedTopic(String name, TopicRecord topic, List<LoadedState> states)
    {
    }

    /**
     * @param coordination to work on; the caller owns it.
     * @param clock        for the deadline of each call.
     * @param brokerId     of this broker.
     */
    public ClusterSession(final Coordination coordination, final Clock clock, final int brokerId)
    {
        this.coordination = coordination;
        this.clock = clock;
        this.brokerId = brokerId;
    }

    /**
     * @return the identity of the cluster, or null where the tree is empty.
     */
    public Uuid clusterId()
    {
        final Node read = read(Paths.CLUSTER_ID);
        return null == read ? null : guarded(() -> NodeValues.decodeClusterId(Paths.CLUSTER_ID, read.value));
    }

    /**
     * Give the cluster its identity and its tree the nodes that everything hangs on. Only what is missing is made.
     *
     * @param clusterId to set where there is none.
     */
    public void found(final Uuid clusterId)
    {
        final List<Operation> missing = new ArrayList<>();
        for (final String path : List.of(
            Paths.IDS, Paths.TOPICS, Paths.STATE, Paths.BROKERS, Paths.BROKER_EPOCHS, Paths.BROKER_IDS))
        {
            if (null == read(path))
            {
                missing.add(Operation.create(path, EMPTY));
            }
        }
        if (null == read(Paths.TOPIC_ID_COUNTER))
        {
            missing.add(Operation.create(Paths.TOPIC_ID_COUNTER, NodeValues.encodeCounter(1)));
        }
        if (null == read(Paths.CLUSTER_ID))
        {
            missing.add(Operation.create(Paths.CLUSTER_ID, NodeValues.encodeClusterId(clusterId)));
        }

        if (!missing.isEmpty())
        {
            change("lay out the tree", missing);
        }
    }

    /**
     * @return epoch of the last life of this broker, -1 where it never registered.
     */
    public int lastBrokerEpoch()
    {
        final Node read = read(Paths.brokerEpoch(brokerId));
        return null == read ? -1 : read.version;
    }

    /**
     * Begin a new life of this broker: raise its epoch and register it.
     *
     * @param dirId           of its data directory.
     * @param maxMessageBytes that it accepts.
     * @param isClean         whether its last life ended in order, so that nothing can have been lost.
     * @return the epoch of the new life.
     */
    public int register(final Uuid dirId, final int maxMessageBytes, final boolean isClean)
    {
        final String path = Paths.brokerEpoch(brokerId);
        Node former = read(path);
        if (null == former)
        {
            change("make the broker known", List.of(
                Operation.create(path, NodeValues.encodeBrokerEpoch(0, 0, dirId))));
            former = read(path);
        }
        final Node known = former;
        final int brokerEpoch = known.version + 1;
        final int cleanSince = isClean ?
            guarded(() -> NodeValues.decodeBrokerLives(path, known.value).cleanSince()) : brokerEpoch;
        change("register the broker", List.of(
            Operation.set(path, NodeValues.encodeBrokerEpoch(cleanSince, 0, dirId), known.version),
            Operation.createEphemeral(
                Paths.brokerId(brokerId),
                NodeValues.encodeRegistration(
                    new NodeValues.Registration(brokerEpoch, maxMessageBytes, dirId, true, "", 0, 0)))));

        return brokerEpoch;
    }

    /**
     * @return the topics, in the order of their names.
     */
    public List<LoadedTopic> loadTopics()
    {
        final List<LoadedTopic> topics = new ArrayList<>();
        for (final String name : children(Paths.TOPICS))
        {
            final String path = Paths.topic(name);
            final Node read = required(path);
            final TopicRecord topic = guarded(() -> NodeValues.decodeTopic(path, read.value));
            final List<LoadedState> states = new ArrayList<>();
            for (int i = 0; i < topic.partitionCount(); i++)
            {
                final String statePath = Paths.state(topic.topicId(), i);
                final Node stateNode = required(statePath);
                final PartitionState state = guarded(() -> NodeValues.decodeState(statePath, stateNode.value));
                states.add(new LoadedState(topic.topicId(), i, state, stateNode.version));
            }
            topics.add(new LoadedTopic(name, topic, states));
        }

        return topics;
    }

    /**
     * Find the states whose topic does not exist: its creation was cut off before the commit, or its deletion after.
     *
     * @param topics that exist.
     * @return partitions that have a state, by the id of the topic.
     */
    public Map<Long, List<Integer>> orphanStates(final List<LoadedTopic> topics)
    {
        final Set<Long> known = new HashSet<>();
        topics.forEach((topic) -> known.add(topic.topic().topicId()));
        final Map<Long, List<Integer>> orphans = new TreeMap<>();
        for (final String idText : children(Paths.STATE))
        {
            final long topicId = Long.parseLong(idText);
            if (!known.contains(topicId))
            {
                orphans.put(topicId, children(Paths.states(topicId)).stream().map(Integer::valueOf).toList());
            }
        }

        return orphans;
    }

    /**
     * Remove the states of a topic that does not exist.
     *
     * @param topicId    of the topic.
     * @param partitions that have a state.
     */
    public void removeOrphan(final long topicId, final List<Integer> partitions)
    {
        final List<Operation> operations = new ArrayList<>();
        for (final int partition : partitions)
        {
            operations.add(Operation.delete(Paths.state(topicId, partition), Coordination.ANY_VERSION));
        }
        operations.add(Operation.delete(Paths.states(topicId), Coordination.ANY_VERSION));
        change("remove what is left of topic " + topicId, operations);
    }

    /**
     * Write new states, each against the version that was read.
     *
     * @param states with the version that their node must have.
     */
    public void elect(final List<LoadedState> states)
    {
        final List<Status> refusals = new ArrayList<>();
        final int[] answered = new int[1];
        int issued = 0;
        for (int from = 0; from < states.size(); from += ELECTIONS_PER_CHANGE)
        {
            final List<Operation> operations = new ArrayList<>();
            for (final LoadedState loaded : states.subList(from, Math.min(states.size(), from + ELECTIONS_PER_CHANGE)))
            {
                operations.add(Operation.set(
                    Paths.state(loaded.topicId, loaded.partition),
                    NodeValues.encodeState(loaded.state),
                    loaded.version));
            }
            issued++;
            coordination.multi(
                operations,
                (answer, failedIndex, versions) ->
                {
                    answered[0]++;
                    if (Status.OK != answer)
                    {
                        refusals.add(answer);
                    }
                });
        }

        final long deadlineNs = clock.nowNs() + TIMEOUT_NS;
        while (answered[0] < issued)
        {
            pollUntil(deadlineNs, "take the leadership of the partitions");
        }
        if (!refusals.isEmpty())
        {
            throw refused("take the leadership of the partitions", refusals.get(0));
        }
    }

    private Node required(final String path)
    {
        final Node read = read(path);
        if (null == read)
        {
            throw new EngineException(
                ResultCode.DATA_LOSS,
                "the coordination tree has no " + path + ", which a topic needs: put back a copy of the tree");
        }

        return read;
    }

    private Node read(final String path)
    {
        status = null;
        coordination.read(
            path,
            (answer, value, version, owner) ->
            {
                status = answer;
                node = Status.OK == answer ? new Node(value, version) : null;
            });
        await("read " + path);
        if (Status.OK != status && Status.NO_NODE != status)
        {
            throw refused("read " + path, status);
        }

        return node;
    }

    private List<String> children(final String path)
    {
        status = null;
        coordination.children(
            path,
            (answer, names) ->
            {
                status = answer;
                children = names;
            });
        await("list " + path);
        if (Status.OK != status && Status.NO_NODE != status)
        {
            throw refused("list " + path, status);
        }

        return children;
    }

    private void change(final String purpose, final List<Operation> operations)
    {
        status = null;
        coordination.multi(operations, (answer, failedIndex, versions) -> status = answer);
        await(purpose);
        if (Status.OK != status)
        {
            throw refused(purpose, status);
        }
    }

    private void await(final String purpose)
    {
        final long deadlineNs = clock.nowNs() + TIMEOUT_NS;
        while (null == status)
        {
            pollUntil(deadlineNs, purpose);
        }
    }

    private void pollUntil(final long deadlineNs, final String purpose)
    {
        if (0 == coordination.poll())
        {
            if (clock.nowNs() > deadlineNs)
            {
                throw new EngineException(
                    ResultCode.TIMED_OUT,
                    "the coordination did not answer within " + TimeUnit.NANOSECONDS.toSeconds(TIMEOUT_NS) +
                    " s, asked to " + purpose + ": check that it runs, then start again");
            }
            LockSupport.parkNanos(PARK_NS);
        }
    }

    private static EngineException refused(final String purpose, final Status status)
    {
        return new EngineException(
            ResultCode.INTERNAL,
            "the coordination answered " + status + ", asked to " + purpose +
            ": see the error before, then start again");
    }

    private static <T> T guarded(final Supplier<T> decoder)
    {
        try
        {
            return decoder.get();
        }
        catch (final NodeValues.DamagedValueException ex)
        {
            throw new EngineException(
                ResultCode.DATA_LOSS, ex.getMessage() + ". Put back a copy of the coordination's data.", ex);
        }
    }
}
