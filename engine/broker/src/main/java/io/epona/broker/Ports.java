package io.epona.broker;

import io.epona.transport.Streams;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;

/**
 * Looks whether the UDP ports of a broker are free, so that a taken one can be named. Used by the thread that launches.
 */
final class Ports
{
    private static final int MAX_TRIES = 256;

    private Ports()
    {
    }

    /**
     * Check the ports that were asked for, or find free ones.
     *
     * @param host to listen on.
     * @param port first of the ports, or 0.
     * @return the first port.
     * @throws BrokerException naming the taken port or the wrong host.
     */
    static int choose(final String host, final int port)
    {
        return choose(host, port, Streams.CLIENT_PORT_COUNT);
    }

    /**
     * Check the ports that were asked for, or find free ones.
     *
     * @param host  to listen on.
     * @param port  first of the ports, or 0.
     * @param count of the ports in a row.
     * @return the first port.
     * @throws BrokerException naming the taken port or the wrong host.
     */
    static int choose(final String host, final int port, final int count)
    {
        if (0 != port)
        {
            for (int i = 0; i < count; i++)
            {
                if (bind(host, port + i) < 0)
                {
                    throw BrokerException.infrastructure(
                        "UDP port " + (port + i) + " of " + host + " is taken: stop what uses it, or choose others " +
                        "with --set listen=" + host + ":PORT (the broker needs PORT to PORT+" +
                        (count - 1) + "; 0 finds free ones)",
                        null);
                }
            }
            return port;
        }

        for (int i = 0; i < MAX_TRIES; i++)
        {
            final int candidate = bind(host, 0);
            boolean isFree = candidate > 0 && candidate + count < 0x10000;
            for (int j = 1; j < count && isFree; j++)
            {
                isFree = bind(host, candidate + j) > 0;
            }
            if (isFree)
            {
                return candidate;
            }
        }

        throw BrokerException.infrastructure(
            "no " + count + " UDP ports in a row are free on " + host, null);
    }

    private static int bind(final String host, final int port)
    {
        try (DatagramChannel channel = DatagramChannel.open())
        {
            channel.bind(new InetSocketAddress(InetAddress.getByName(host), port));
            return ((InetSocketAddress)channel.getLocalAddress()).getPort();
        }
        catch (final UnknownHostException ex)
        {
            throw BrokerException.configuration(
                "listen=" + host + " is not known: use an address of this machine, such as 127.0.0.1");
        }
        catch (final BindException ex)
        {
            if (ex.getMessage().contains("assign"))
            {
                throw BrokerException.configuration(
                    "listen=" + host + " is not an address of this machine: use one that is, such as 127.0.0.1");
            }
            return -1;
        }
        catch (final IOException ex)
        {
            throw BrokerException.infrastructure("cannot open UDP port " + port + " of " + host + ": " + ex, ex);
        }
    }
}
