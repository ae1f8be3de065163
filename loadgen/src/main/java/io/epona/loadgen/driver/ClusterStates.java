package io.epona.loadgen.driver;

import io.epona.coordination.CuratorCoordination;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.Paths;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.SystemNanoClock;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What the cluster agreed on about the partitions of a run, read from ZooKeeper. Reading blocks; making one does not,
 * for a client that the same thread invokes must not stand still.
 * <p>
 * Owned by one thread at a time.
 */
final class ClusterStates implements AutoCloseable
{
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long PARK_NS = TimeUnit.MICROSECONDS.toNanos(500);

    private final Topics topics;
    private final Coordination coordination;
    private long[] topicIds;

    /**
     * @param connect where ZooKeeper is.
     * @param topics  that exist.
     * @param errors  told of outages.
     */
    ClusterStates(final String connect, final Topics topics, final ErrorHandler errors)
    {
        this.topics = topics;
        coordination = CuratorCoordination.launch(new CuratorCoordination.Context()
            .connectString(connect)
            .founding(false)
            .errorHandler(errors));
    }

    /**
     * @return states of all partitions by their global numbers; null where ZooKeeper does not tell now.
     */
    List<PartitionState> read()
    {
        if (null == topicIds && !findTopics())
        {
            return null;
        }
        final List<String> paths = new ArrayList<>();
        for (final long topicId : topicIds)
        {
            for (int partition = 0; partition < topics.partitionsPerTopic(); partition++)
            {
                paths.add(Paths.state(topicId, partition));
            }
        }
        final Answers answers = ask(paths);
        if (!answers.isComplete())
        {
            return null;
        }
        final List<PartitionState> states = new ArrayList<>();
        for (int i = 0; i < paths.size(); i++)
        {
            states.add(NodeValues.decodeState(paths.get(i), answers.values.get(i)));
        }

        return states;
    }

    private boolean findTopics()
    {
        final List<String> paths = new ArrayList<>();
        for (int i = 0; i < topics.count(); i++)
        {
            paths.add(Paths.topic(topics.name(i)));
        }
        final Answers answers = ask(paths);
        if (!answers.isComplete())
        {
            return false;
        }
        final long[] found = new long[paths.size()];
        for (int i = 0; i < found.length; i++)
        {
            found[i] = NodeValues.decodeTopic(paths.get(i), answers.values.get(i)).topicId();
        }
        topicIds = found;

        return true;
    }

    /**
     * @param brokerId id of a broker.
     * @return its session, 0 where it has none or ZooKeeper does not tell now.
     */
    long session(final int brokerId)
    {
        final Answers answers = ask(List.of(Paths.brokerId(brokerId)));
        return answers.isComplete() ? answers.owner : 0;
    }

    private Answers ask(final List<String> paths)
    {
        final Answers answers = new Answers(paths.size());
        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + TIMEOUT_NS;
        boolean isInTime = true;
        while (0 == coordination.sessionId() && isInTime)
        {
            isInTime = pollUntil(deadlineNs);
        }
        if (isInTime)
        {
            paths.forEach((path) -> coordination.read(path, answers));
        }
        while (!answers.isDone() && isInTime)
        {
            isInTime = pollUntil(deadlineNs);
        }

        return answers;
    }

    private boolean pollUntil(final long deadlineNs)
    {
        if (0 == coordination.poll())
        {
            LockSupport.parkNanos(PARK_NS);
        }

        return SystemNanoClock.INSTANCE.nanoTime() - deadlineNs < 0;
    }

    /** Answers to one question each, in their order; those that come too late find nobody who waits. */
    private static final class Answers implements Coordination.NodeHandler
    {
        private final int wanted;
        private final List<byte[]> values = new ArrayList<>();
        private int refused;
        private long owner;

        private Answers(final int wanted)
        {
            this.wanted = wanted;
        }

        @Override
        public void onNode(final Status status, final byte[] value, final int version, final long owner)
        {
            values.add(value);
            this.owner = owner;
            refused += Status.OK == status ? 0 : 1;
        }

        private boolean isDone()
        {
            return values.size() == wanted;
        }

        private boolean isComplete()
        {
            return isDone() && 0 == refused;
        }
    }

    @Override
    public void close()
    {
        coordination.close();
    }
}
