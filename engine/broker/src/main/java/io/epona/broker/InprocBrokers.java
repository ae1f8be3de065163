package io.epona.broker;

import io.epona.transport.InprocConnection;
import io.epona.transport.InprocProvider;

import java.util.concurrent.ConcurrentHashMap;

/**
 * The brokers of this JVM by name. Found by clients through {@link java.util.ServiceLoader}. Any thread.
 */
public final class InprocBrokers implements InprocProvider
{
    private static final ConcurrentHashMap<String, InprocBroker> BROKERS = new ConcurrentHashMap<>();

    /**
     * For the service loader.
     */
    public InprocBrokers()
    {
    }

    static boolean register(final InprocBroker broker)
    {
        return null == BROKERS.putIfAbsent(broker.name(), broker);
    }

    static void unregister(final InprocBroker broker)
    {
        broker.onClose();
        BROKERS.remove(broker.name(), broker);
    }

    @Override
    public InprocConnection connect(final String name)
    {
        final InprocBroker broker = BROKERS.get(name);
        return null == broker ? null : broker.newConnection();
    }
}
