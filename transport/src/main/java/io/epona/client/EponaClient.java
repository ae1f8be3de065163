package io.epona.client;

import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.IdleStrategy;

import java.util.concurrent.ThreadFactory;

/**
 * A session with a broker.
 */
public final class EponaClient implements AutoCloseable
{
    private EponaClient(final Context ctx)
    {
    }

    /**
     * Connect with default settings. Blocks until the session is open, at most for the connect timeout.
     *
     * @param uri of the broker: {@link io.epona.transport.EponaUri}.
     * @return the connected client.
     */
    public static EponaClient connect(final String uri)
    {
        return connect(new Context().uri(uri));
    }

    /**
     * Connect. Blocks until the session is open, at most for the connect timeout.
     *
     * @param ctx settings.
     * @return the connected client.
     */
    public static EponaClient connect(final Context ctx)
    {
        return new EponaClient(ctx);
    }

    /**
     * Do what the daemon thread does otherwise, without blocking: only where the context says {@code invoked}.
     *
     * @return work count.
     */
    public int invoke()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * @return administration of topics.
     */
    public Admin admin()
    {
        return new Admin();
    }

    /**
     * @return a producer with default settings.
     */
    public Producer newProducer()
    {
        return newProducer(new Producer.Context());
    }

    /**
     * @param ctx settings; belongs to the producer from now on.
     * @return a producer.
     */
    public Producer newProducer(final Producer.Context ctx)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * @return a consumer with default settings.
     */
    public Consumer newConsumer()
    {
        return newConsumer(new Consumer.Context());
    }

    /**
     * @param ctx settings; belongs to the consumer from now on.
     * @return a consumer.
     */
    public Consumer newConsumer(final Consumer.Context ctx)
    {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close()
    {
    }

    /**
     * Settings of a client.
     */
    public static final class Context
    {
        private String uri;

        public Context uri(final String uri)
        {
            this.uri = uri;
            return this;
        }

        public String uri()
        {
            return uri;
        }

        public Context clientId(final String clientId)
        {
            return this;
        }

        public Context requestTimeoutNs(final long requestTimeoutNs)
        {
            return this;
        }

        public Context connectTimeoutNs(final long connectTimeoutNs)
        {
            return this;
        }

        public Context invoked(final boolean isInvoked)
        {
            return this;
        }

        public Context threadFactory(final ThreadFactory threadFactory)
        {
            return this;
        }

        public Context idleStrategy(final IdleStrategy idleStrategy)
        {
            return this;
        }

        public Context errorHandler(final ErrorHandler errorHandler)
        {
            return this;
        }

        public Context mtu(final int mtu)
        {
            return this;
        }

        public Context aeronDirectoryName(final String aeronDirectoryName)
        {
            return this;
        }

        public Context mediaDriverInvoker(final AgentInvoker mediaDriverInvoker)
        {
            return this;
        }
    }
}
