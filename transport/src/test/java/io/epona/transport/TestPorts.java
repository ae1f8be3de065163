package io.epona.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;

/** Finds ports that are free now. */
public final class TestPorts
{
    private TestPorts()
    {
    }

    /**
     * @return a port with two free ones behind it.
     * @throws IOException where sockets cannot be opened.
     */
    public static int freeBlock() throws IOException
    {
        for (int i = 0; i < 100; i++)
        {
            final int port;
            try (DatagramChannel first = bind(0))
            {
                port = ((InetSocketAddress)first.getLocalAddress()).getPort();
                if (port > 65000)
                {
                    continue;
                }
                bind(port + 1).close();
                bind(port + 2).close();
                return port;
            }
            catch (final java.net.BindException ignore)
            {
                // taken by someone else: try another block
                continue;
            }
        }
        throw new IOException("no three free ports in a row");
    }

    private static DatagramChannel bind(final int port) throws IOException
    {
        final DatagramChannel channel = DatagramChannel.open();
        try
        {
            return channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        }
        catch (final IOException ex)
        {
            channel.close();
            throw ex;
        }
    }
}
