package io.epona.broker;

import io.epona.broker.host.BrokerHost;
import io.epona.transport.InprocConnection;
import io.epona.transport.Lane;
import io.epona.transport.PushSource;
import io.epona.transport.RingLane;
import org.agrona.CloseHelper;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;

/**
 * One broker as clients in the same JVM see it. Any thread.
 */
final class InprocBroker
{
    private static final int MAX_SMALL_MESSAGE_LENGTH = 16 * 1024;
    private static final int MAX_CONTROL_RESPONSE_LENGTH = 128 * 1024;

    private final String name;
    private final BrokerHost host;
    private final ConductorAgent conductor;
    private final List<ShardAgent> shards;
    private final SessionTable sessions;
    private final int maxMessageLength;
    private volatile boolean isOpen = true;

    InprocBroker(
        final String name,
        final BrokerHost host,
        final ConductorAgent conductor,
        final List<ShardAgent> shards,
        final SessionTable sessions,
        final int maxMessageLength)
    {
        this.name = name;
        this.host = host;
        this.conductor = conductor;
        this.shards = List.copyOf(shards);
        this.sessions = sessions;
        this.maxMessageLength = maxMessageLength;
    }

    String name()
    {
        return name;
    }

    String uri()
    {
        return "epona:inproc?name=" + name;
    }

    void onClose()
    {
        isOpen = false;
    }

    InprocConnection newConnection()
    {
        return new Connection();
    }

    private static Lane hand(final RingLane.Pair pair, final Predicate<Lane> taker)
    {
        if (!taker.test(pair.broker()))
        {
            // Too many lanes wait to be accepted: the client sees a lane that is closed, and tries again.
            pair.broker().close();
        }
        return pair.client();
    }

    private final class Connection implements InprocConnection
    {
        private final Queue<AutoCloseable> handedOut = new ConcurrentLinkedQueue<>();

        @Override
        public Lane controlLane()
        {
            return remember(hand(
                RingLane.create(MAX_SMALL_MESSAGE_LENGTH, MAX_CONTROL_RESPONSE_LENGTH), conductor::adopt));
        }

        @Override
        public Lane produceLane(final int shard)
        {
            return remember(hand(
                RingLane.create(maxMessageLength, MAX_SMALL_MESSAGE_LENGTH), shards.get(shard)::adopt));
        }

        @Override
        public PushSource pushSource(final int shard, final long token)
        {
            return remember(new InprocPushSource(host, sessions, token, this));
        }

        private <T extends AutoCloseable> T remember(final T resource)
        {
            handedOut.add(resource);
            return resource;
        }

        @Override
        public boolean isOpen()
        {
            return isOpen;
        }

        @Override
        public void close()
        {
            AutoCloseable resource;
            while (null != (resource = handedOut.poll()))
            {
                CloseHelper.close(resource);
            }
        }
    }
}
