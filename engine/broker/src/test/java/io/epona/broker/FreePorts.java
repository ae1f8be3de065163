package io.epona.broker;

import io.epona.transport.Streams;

/** Free ports of the loopback device, for tests of other packages. */
public final class FreePorts
{
    /** The loopback device. */
    public static final String HOST = "127.0.0.1";

    private FreePorts()
    {
    }

    /**
     * As many as a broker of a cluster takes.
     *
     * @return the first one.
     */
    public static int choose()
    {
        return Ports.choose(HOST, 0, Streams.BROKER_PORT_COUNT);
    }
}
