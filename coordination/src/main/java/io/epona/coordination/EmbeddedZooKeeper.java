package io.epona.coordination;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineException;
import org.apache.zookeeper.server.DatadirCleanupManager;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One ZooKeeper server in this process, for a cluster on one machine: what the distribution's server is to an ensemble.
 * It keeps its data over restarts; a cluster that shall outlive a machine needs an ensemble of three.
 * <p>
 * Needs on the class path what ZooKeeper's server needs beyond its client: {@code metrics-core} and
 * {@code snappy-java}. Launched and closed by one thread; the questions are for any thread.
 */
public final class EmbeddedZooKeeper implements AutoCloseable
{
    /** Sessions end at multiples of it. */
    private static final int TICK_MS = 200;
    private static final int MIN_SESSION_MS = 1_000;
    private static final int MAX_SESSION_MS = 120_000;
    private static final int NO_CONNECTION_LIMIT = 0;
    private static final int KEPT_SNAPSHOTS = 3;
    private static final int PURGE_INTERVAL_HOURS = 1;
    private static final String LOCK_FILE = "lock";

    private final FileChannel lock;
    private final FileTxnSnapLog log;
    private final ZooKeeperServer server;
    private final ServerCnxnFactory factory;
    private final DatadirCleanupManager cleanup;
    private final String host;
    private boolean isClosed;

    private EmbeddedZooKeeper(final Path dir, final String host, final int port, final FileChannel lock)
        throws IOException, InterruptedException
    {
        this.lock = lock;
        this.host = host;
        log = new FileTxnSnapLog(dir.toFile(), dir.toFile());
        server = new ZooKeeperServer(log, TICK_MS, "");
        server.setMinSessionTimeout(MIN_SESSION_MS);
        server.setMaxSessionTimeout(MAX_SESSION_MS);
        factory = new NIOServerCnxnFactory();
        cleanup = new DatadirCleanupManager(dir.toFile(), dir.toFile(), KEPT_SNAPSHOTS, PURGE_INTERVAL_HOURS);
        boolean isStarted = false;
        try
        {
            factory.configure(new InetSocketAddress(host, port), NO_CONNECTION_LIMIT);
            factory.startup(server);
            cleanup.start();
            isStarted = true;
        }
        finally
        {
            if (!isStarted)
            {
                factory.shutdown();
                log.close();
            }
        }
    }

    /**
     * Start a server. Blocks until it serves.
     *
     * @param dir  for its data; made where it does not exist.
     * @param host to listen on.
     * @param port to listen on, 0 for a free one.
     * @return the running server.
     * @throws EngineException saying what is in the way and what to do about it.
     */
    public static EmbeddedZooKeeper launch(final Path dir, final String host, final int port)
    {
        QuietLogging.initialise();
        FileChannel lock = null;
        try
        {
            lock = lock(dir);
            final EmbeddedZooKeeper zooKeeper = new EmbeddedZooKeeper(dir, host, port, lock);
            lock = null;

            return zooKeeper;
        }
        catch (final BindException ex)
        {
            throw new EngineException(
                ResultCode.NOT_CONNECTED,
                "ZooKeeper cannot listen on " + host + ":" + port + " (" + ex.getMessage() +
                "): stop what uses the port, or choose another", ex);
        }
        catch (final IOException ex)
        {
            throw new EngineException(
                ResultCode.NOT_CONNECTED,
                "ZooKeeper cannot use its data in " + dir + " (" + ex + "): correct it, or name another directory", ex);
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
            throw new EngineException(ResultCode.NOT_CONNECTED, "interrupted while ZooKeeper started", ex);
        }
        finally
        {
            release(lock);
        }
    }

    private static FileChannel lock(final Path dir) throws IOException
    {
        Files.createDirectories(dir);
        final FileChannel channel = FileChannel.open(
            dir.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = null;
        try
        {
            held = channel.tryLock();
        }
        catch (final OverlappingFileLockException ex)
        {
            throw inUse(dir, ex);
        }
        finally
        {
            if (null == held)
            {
                channel.close();
            }
        }
        if (null == held)
        {
            throw inUse(dir, null);
        }

        return channel;
    }

    private static EngineException inUse(final Path dir, final Exception cause)
    {
        return new EngineException(
            ResultCode.NOT_CONNECTED,
            "ZooKeeper's directory " + dir + " is in use: stop the other process, or name another directory", cause);
    }

    private static void release(final FileChannel lock)
    {
        if (null != lock)
        {
            try
            {
                lock.close();
            }
            catch (final IOException ex)
            {
                throw new EngineException(ResultCode.INTERNAL, "cannot close a lock file", ex);
            }
        }
    }

    /**
     * @return port that it listens on.
     */
    public int port()
    {
        return factory.getLocalPort();
    }

    /**
     * @return what clients connect to, {@code host:port}.
     */
    public String connectString()
    {
        return host + ':' + port();
    }

    /**
     * @return whether it serves.
     */
    public boolean isRunning()
    {
        return server.isRunning();
    }

    /**
     * End a session, as its expiry would.
     *
     * @param sessionId of the session.
     */
    public void expire(final long sessionId)
    {
        server.closeSession(sessionId);
    }

    /**
     * Stop serving. Sessions live on in the data and are known after a restart. Idempotent.
     */
    @Override
    public void close()
    {
        if (isClosed)
        {
            return;
        }
        isClosed = true;
        cleanup.shutdown();
        factory.shutdown();
        try
        {
            log.close();
        }
        catch (final IOException ex)
        {
            throw new EngineException(ResultCode.INTERNAL, "ZooKeeper's log was not closed in order", ex);
        }
        finally
        {
            release(lock);
        }
    }
}
