package io.epona.coordination;

import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A real ZooKeeper server in this JVM, on a free port of the loopback interface. It keeps its port and its data over a
 * restart.
 */
final class ZooKeeperNode implements AutoCloseable
{
    private static final int TICK_MS = 200;
    private static final int MIN_SESSION_MS = 1_000;
    private static final int MAX_SESSION_MS = 60_000;

    private final Path dir;
    private int port;
    private FileTxnSnapLog log;
    private ZooKeeperServer server;
    private ServerCnxnFactory factory;

    ZooKeeperNode(final Path dir)
    {
        this.dir = dir;
        start();
    }

    void start()
    {
        try
        {
            log = new FileTxnSnapLog(dir.toFile(), dir.toFile());
            server = new ZooKeeperServer(log, TICK_MS, "");
            server.setMinSessionTimeout(MIN_SESSION_MS);
            server.setMaxSessionTimeout(MAX_SESSION_MS);
            factory = new NIOServerCnxnFactory();
            factory.configure(new InetSocketAddress("127.0.0.1", port), 100);
            factory.startup(server);
            port = factory.getLocalPort();
        }
        catch (final IOException ex)
        {
            throw new AssertionError(ex);
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
            throw new AssertionError(ex);
        }
    }

    void stop()
    {
        if (null != factory)
        {
            factory.shutdown();
            factory = null;
            try
            {
                log.close();
            }
            catch (final IOException ex)
            {
                throw new AssertionError(ex);
            }
        }
    }

    int port()
    {
        return port;
    }

    /** End a session from the server's side. */
    void expire(final long sessionId)
    {
        server.closeSession(sessionId);
    }

    /** Make a node that is for these credentials, and let nobody create another one beside it. */
    void protect(final String path, final String credentials)
    {
        try
        {
            final ZooKeeper client = new ZooKeeper("127.0.0.1:" + port, MAX_SESSION_MS, (event) -> {});
            client.addAuthInfo("digest", credentials.getBytes(StandardCharsets.UTF_8));
            client.create(path, new byte[0], ZooDefs.Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
            client.setACL("/", ZooDefs.Ids.READ_ACL_UNSAFE, -1);
            client.close();
        }
        catch (final InterruptedException | KeeperException | IOException ex)
        {
            throw new AssertionError(ex);
        }
    }

    boolean exists(final String path)
    {
        return null != server.getZKDatabase().getNode(path);
    }

    int version(final String path)
    {
        return server.getZKDatabase().getNode(path).stat.getVersion();
    }

    @Override
    public void close()
    {
        stop();
    }
}
