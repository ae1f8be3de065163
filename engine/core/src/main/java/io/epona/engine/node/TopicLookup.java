package io.epona.engine.node;

import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.cluster.TreeReader;
import org.agrona.ErrorHandler;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads the topics once, for the settings with which a start opens the logs. What it reads may be late: nothing else is
 * concluded from it.
 * <p>
 * Owned by the thread that owns the coordination, and called back on it.
 */
final class TopicLookup implements TreeReader.Handler
{
    private final TreeReader reader;
    private final ErrorHandler errorHandler;
    private final Map<String, TopicRecord> topics = new TreeMap<>();
    private boolean isListed;

    TopicLookup(final Coordination coordination, final ErrorHandler errorHandler)
    {
        this.reader = new TreeReader(coordination, this);
        this.errorHandler = errorHandler;
    }

    /** A session holds: ask, again where one did before. */
    void begin()
    {
        isListed = false;
        topics.clear();
        reader.restart();
        reader.readChildren(Paths.TOPICS);
    }

    int doWork(final long nowNs, final boolean isConnected)
    {
        return reader.doWork(nowNs, isConnected);
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
