package io.epona.engine.node;

import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.cluster.TreeReader;
import io.epona.engine.replica.ProtocolMutation;
import org.agrona.ErrorHandler;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads the topics once, for the settings with which a start opens the logs. A change that changes nothing goes first:
 * a session's server may lag behind what the broker knew in its former life until it has taken a change of the session,
 * and a log that is opened without the settings of its topic keeps the broker's for as long as it is open.
 * <p>
 * Owned by the thread that owns the coordination, and called back on it.
 */
final class TopicLookup implements TreeReader.Handler
{
    private static final List<Operation> NO_CHANGE =
        List.of(Operation.check(Paths.TOPICS, Coordination.ANY_VERSION));

    private final Coordination coordination;
    private final ProtocolMutation mutation;
    private final TreeReader reader;
    private final ErrorHandler errorHandler;
    private final Map<String, TopicRecord> topics = new TreeMap<>();
    private boolean isListed;
    private boolean isChangeDue;
    private int life;

    TopicLookup(
        final Coordination coordination, final ProtocolMutation mutation, final ErrorHandler errorHandler)
    {
        this.coordination = coordination;
        this.mutation = mutation;
        this.reader = new TreeReader(coordination, this);
        this.errorHandler = errorHandler;
    }

    /** A session holds: ask, again where one did before. */
    void begin()
    {
        life++;
        isListed = false;
        isChangeDue = true;
        topics.clear();
        reader.restart();
    }

    int doWork(final long nowNs, final boolean isConnected)
    {
        if (isChangeDue && isConnected)
        {
            isChangeDue = false;
            if (ProtocolMutation.M21 == mutation)
            {
                reader.readChildren(Paths.TOPICS);
                return 1;
            }
            final int of = life;
            coordination.multi(NO_CHANGE, (status, failedIndex, versions) -> onChange(of, status));
            return 1;
        }

        return reader.doWork(nowNs, isConnected);
    }

    private void onChange(final int of, final Status status)
    {
        if (of != life || isListed)
        {
            return;
        }
        if (Status.OK == status || Status.NO_NODE == status)
        {
            reader.readChildren(Paths.TOPICS);
        }
        else
        {
            // The next session asks, or this one again.
            isChangeDue = true;
        }
    }

    /**
     * @return whether everything is answered.
     */
    boolean isDone()
    {
        return isListed && reader.isIdle();
    }

    /**
     * @return the topics by name.
     */
    Map<String, TopicRecord> topics()
    {
        return topics;
    }

    @Override
    public void onChildren(final String path, final List<String> children)
    {
        isListed = true;
        children.forEach((name) -> reader.readValue(Paths.topic(name)));
    }

    @Override
    public void onValue(final String path, final byte[] value, final int version)
    {
        if (null == value)
        {
            return;
        }

        try
        {
            topics.put(path.substring(Paths.TOPICS.length() + 1), NodeValues.decodeTopic(path, value));
        }
        catch (final NodeValues.DamagedValueException ex)
        {
            errorHandler.onError(ex);
        }
    }
}
