package io.epona.client;

import io.epona.client.session.MetadataLookup;
import io.epona.transport.ControlRequest;

import java.util.ArrayList;
import java.util.List;

/**
 * Asks brokers for topics without blocking, one request at a time; another broker where one does not answer. Owned by
 * the thread of its producer or consumer.
 */
final class TopicLookups implements MetadataLookup
{
    /** Names of the longest kind in one request, which must fit in a fragment. */
    private static final int MAX_NAMES = 32;
    /** After which another broker is asked, where there is one; twice as long after each one that was silent. */
    private static final long PATIENCE_NS = 100_000_000L;
    private static final long MAX_PATIENCE_NS = 800_000_000L;

    private final List<String> wanted = new ArrayList<>();
    private final List<String> asking = new ArrayList<>();
    private final ClientRuntime client;
    private final Sink sink;
    private AdminCodec codec;
    private ControlRequest request;
    private int attempt;
    /** Brokers that refused one after the other. */
    private int refusals;
    private long patienceNs = PATIENCE_NS;
    /** Written by the owner alone, read by any thread. */
    private volatile long asked;

    /** Told about answers. */
    interface Sink
    {
        /**
         * @param name  of the topic.
         * @param topic of that name, or null where there is none.
         * @param nowNs monotonic time.
         */
        void onTopic(String name, ClusterMetadata.Topic topic, long nowNs);
    }

    TopicLookups(final ClientRuntime client, final Sink sink)
    {
        this.client = client;
        this.sink = sink;
    }

    /** @return times that a broker was asked. Any thread. */
    long asked()
    {
        return asked;
    }

    @Override
    public boolean request(final String topic)
    {
        if (!wanted.contains(topic))
        {
            wanted.add(topic);
        }
        return true;
    }

    /** One step; never blocks. */
    int poll(final long nowNs)
    {
        if (null == request)
        {
            return wanted.isEmpty() ? 0 : start(nowNs);
        }
        if (!request.isDone())
        {
            return 0;
        }

        final ControlRequest answered = request;
        request = null;
        if (0 == answered.code())
        {
            patienceNs = PATIENCE_NS;
            onAnswer(answered, nowNs);
        }
        else
        {
            // silent, gone, or about to be, as one that closes its logs: the same of another one
            patienceNs = Math.min(2 * patienceNs, MAX_PATIENCE_NS);
            askAgain();
        }
        return 1;
    }

    private void askAgain()
    {
        for (final String name : asking)
        {
            request(name);
        }
    }

    private int start(final long nowNs)
    {
        final List<String> some = wanted.subList(0, Math.min(wanted.size(), MAX_NAMES));
        final long timeoutNs = client.requestTimeoutNs();
        codec = new AdminCodec(client, "metadata");
        request = codec.startMetadata(
            nowNs + (client.brokers().openCount() > 1 ? Math.min(patienceNs, timeoutNs) : timeoutNs), some, attempt);
        if (null == request)
        {
            return 0;
        }
        asked++;
        // Another broker each time: one that is cut off from ZooKeeper goes on naming leaders of the past.
        attempt++;
        asking.clear();
        asking.addAll(some);
        some.clear();
        return 1;
    }

    private void onAnswer(final ControlRequest answered, final long nowNs)
    {
        final ClusterMetadata metadata;
        try
        {
            metadata = codec.finishMetadata(answered);
        }
        catch (final EponaException ex)
        {
            if (!ex.code().retriable())
            {
                client.onError(ex);
            }
            else if (++refusals < client.brokers().openCount())
            {
                // one that starts or stops: the next one knows
                askAgain();
                return;
            }
            // nonsense, or nobody knows: the machine asks again
            refusals = 0;
            return;
        }
        refusals = 0;
        for (int i = 0; i < asking.size(); i++)
        {
            sink.onTopic(asking.get(i), metadata.topic(asking.get(i)), nowNs);
        }
    }
}
