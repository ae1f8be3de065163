package io.epona.coordination;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between client and server and misbehaves on command, so that a test decides what of a request or of its answer
 * gets through. Loopback only.
 */
public final class TcpProxy implements AutoCloseable
{
    private final ServerSocket acceptor;
    private final int serverPort;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean dropsRequests;
    private volatile boolean dropsAnswers;
    private volatile boolean refuses;
    private volatile long requestBytes;
    private volatile long droppedAnswerBytes;

    public TcpProxy(final int serverPort)
    {
        this.serverPort = serverPort;
        try
        {
            acceptor = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        }
        catch (final IOException ex)
        {
            throw new AssertionError(ex);
        }
        spawn(this::accept);
    }

    public int port()
    {
        return acceptor.getLocalPort();
    }

    /** From now on, what the client sends is lost. */
    public void dropRequests()
    {
        dropsRequests = true;
    }

    /** From now on, what the server answers is lost. */
    public void dropAnswers()
    {
        droppedAnswerBytes = 0;
        dropsAnswers = true;
    }

    long droppedAnswerBytes()
    {
        return droppedAnswerBytes;
    }

    long requestBytes()
    {
        return requestBytes;
    }

    /** Break all connections and let no new one through. */
    public void cut()
    {
        refuses = true;
        sockets.forEach(TcpProxy::shut);
    }

    /** Let everything through again; a connection is new from here on. */
    public void heal()
    {
        dropsRequests = false;
        dropsAnswers = false;
        refuses = false;
    }

    @Override
    public void close()
    {
        cut();
        shut(acceptor);
    }

    private void accept()
    {
        while (!acceptor.isClosed())
        {
            try
            {
                final Socket client = acceptor.accept();
                if (refuses)
                {
                    shut(client);
                    continue;
                }

                final Socket server = new Socket();
                sockets.add(client);
                sockets.add(server);
                server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort));
                spawn(() -> copy(client, server, true));
                spawn(() -> copy(server, client, false));
                if (refuses)
                {
                    cut();
                }
            }
            catch (final IOException ex)
            {
                // The server or the acceptor is gone: the client sees a closed connection and tries again.
                sockets.removeIf(Socket::isClosed);
            }
        }
    }

    private void copy(final Socket from, final Socket to, final boolean isRequest)
    {
        final byte[] buffer = new byte[64 * 1024];
        try
        {
            final InputStream in = from.getInputStream();
            final OutputStream out = to.getOutputStream();
            int length;
            while ((length = in.read(buffer)) > 0)
            {
                if (isRequest ? !dropsRequests : !dropsAnswers)
                {
                    out.write(buffer, 0, length);
                }
                else if (!isRequest)
                {
                    droppedAnswerBytes += length;
                }
                if (isRequest)
                {
                    requestBytes += length;
                }
            }
        }
        catch (final IOException ex)
        {
            sockets.remove(from);
        }
        finally
        {
            shut(from);
            shut(to);
        }
    }

    private static void shut(final AutoCloseable socket)
    {
        try
        {
            socket.close();
        }
        catch (final Exception ex)
        {
            throw new AssertionError(ex);
        }
    }

    private static void spawn(final Runnable task)
    {
        final Thread thread = new Thread(task, "tcp-proxy");
        thread.setDaemon(true);
        thread.start();
    }
}
