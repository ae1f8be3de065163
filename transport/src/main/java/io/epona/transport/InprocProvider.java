package io.epona.transport;

/**
 * Finds brokers in this JVM; implemented by the broker and found by {@link java.util.ServiceLoader}. Any thread.
 */
public interface InprocProvider
{
    /**
     * Connect to a broker by its name.
     *
     * @param name of the broker.
     * @return the connection, or null where no broker of this JVM has that name.
     */
    InprocConnection connect(String name);
}
