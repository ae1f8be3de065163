package io.epona.client;

import io.epona.transport.ControlRequest;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Looks topics up again without blocking: at most one request at a time, and not one for each sign that something
 * changed. Owned by the thread of its producer or consumer.
 */
final class MetadataRefresh
{
    private static final long PAUSE_NS = 100_000_000L;
    /** While a topic does not exist. */
    private static final long LONG_PAUSE_NS = 1_000_000_000L;

    /** Names of the longest kind in one request, which must fit in a fragment. */
    private static final int MAX_NAMES = 32;

    private final ClientRuntime client;
    /** Those still to be asked for in this round, and what was found. */
    private final List<String> left = new ArrayList<>();
    private List<TopicSummary> found;
    private AdminCodec codec;
    private ControlRequest request;
    private boolean isWanted;
    private boolean isPausing;
    private long nextNs;
    /** Written by the owner alone, read by any thread. */
    private volatile long asked;

    MetadataRefresh(final ClientRuntime client)
    {
        this.client = client;
    }

    /** @return times that the broker was asked. Any thread. */
    long asked()
    {
        return asked;
    }

    boolean isIdle()
    {
        return !isWanted && null == request && left.isEmpty();
    }

    /** Something known may be wrong by now. */
    void want()
    {
        isWanted = true;
    }

    /** A topic was not there: ask again, but not soon. */
    void wantLater(final long nowNs)
    {
        isWanted = true;
        nextNs = nowNs + LONG_PAUSE_NS;
    }

    /**
     * One step; never blocks.
     *
     * @param nowNs monotonic time.
     * @param names of the topics to ask for.
     * @return the topics that exist among them, once for each answer; else null.
     */
    List<TopicSummary> poll(final long nowNs, final Collection<String> names)
    {
        if (null == request)
        {
            start(nowNs, names);
            return null;
        }
        if (!request.isDone())
        {
            return null;
        }

        final ControlRequest answered = request;
        request = null;
        try
        {
            if (0 == answered.code())
            {
                found.addAll(codec.finishMetadata(answered));
                if (left.isEmpty())
                {
                    return found;
                }
                send(nowNs);
                return null;
            }
        }
        catch (final EponaException ex)
        {
            client.onError(ex);
        }
        // no answer, or one that made no sense
        left.clear();
        isWanted = true;
        return null;
    }

    private void start(final long nowNs, final Collection<String> names)
    {
        if (left.isEmpty())
        {
            if (!isWanted || names.isEmpty() || (isPausing && nowNs - nextNs < 0))
            {
                return;
            }
            isWanted = false;
            isPausing = true;
            nextNs = nowNs + PAUSE_NS;
            left.addAll(names);
            found = new ArrayList<>();
            asked++;
        }
        send(nowNs);
    }

    private void send(final long nowNs)
    {
        final List<String> some = left.subList(0, Math.min(left.size(), MAX_NAMES));
        codec = new AdminCodec(client, "metadata");
        request = codec.startMetadata(nowNs, some);
        if (null != request)
        {
            some.clear();
        }
    }
}
