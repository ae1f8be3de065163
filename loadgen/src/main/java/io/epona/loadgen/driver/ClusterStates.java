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
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
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
     * @return states of all partitions by their global numbers.
     */
    List<PartitionState> read()
    {
        if (null == topicIds)
        {
            topicIds = findTopics();
        }
        final List<String> paths = new ArrayList<>();
        for (final long topicId : topicIds)
        {
            for (int partition = 0; partition < topics.partitionsPerTopic(); partition++)
            {
                paths.add(Paths.state(topicId, partition));
            }
        }
        final List<byte[]> values = read(paths);
        final List<PartitionState> states = new ArrayList<>();
        for (int i = 0; i < paths.size(); i++)
        {
            states.add(NodeValues.decodeState(paths.get(i), values.get(i)));
        }

        return states;
    }

    private long[] findTopics()
    {
        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + TIMEOUT_NS;
        while (0 == coordination.sessionId())
        {
            pollUntil(deadlineNs);
        }
        final long[] found = new long[topics.count()];
        for (int i = 0; i < found.length; i++)
        {
            final String path = Paths.topic(topics.name(i));
            found[i] = NodeValues.decodeTopic(path, read(List.of(path)).get(0)).topicId();
        }

        return found;
    }

    private List<byte[]> read(final List<String> paths)
    {
        final List<byte[]> values = new ArrayList<>();
        final List<Status> refusals = new ArrayList<>();
        for (final String path : paths)
        {
            coordination.read(path, (status, value, version, owner) ->
            {
                values.add(value);
                if (Status.OK != status)
                {
                    refusals.add(status);
                }
            });
        }
        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + TIMEOUT_NS;
        while (values.size() < paths.size())
        {
            pollUntil(deadlineNs);
        }
        if (!refusals.isEmpty())
        {
            throw new DriverException("ZooKeeper answered " + refusals.get(0) + ", asked for " + paths.get(0));
        }

        return values;
    }

    private void pollUntil(final long deadlineNs)
    {
        if (0 == coordination.poll())
        {
            if (SystemNanoClock.INSTANCE.nanoTime() - deadlineNs > 0)
            {
                throw new DriverException("ZooKeeper does not answer");
            }
            LockSupport.parkNanos(PARK_NS);
        }
    }

    @Override
    public void close()
    {
        coordination.close();
    }
}
