package io.epona.transport;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.NoOpLock;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * An Aeron client whose conductor is invoked, over a private media driver that is invoked too, or over one that runs
 * already. A driver that went away is looked for again; lanes over the old one are closed and are opened anew by their
 * owners.
 * <p>
 * Owned by the client's agent; {@link #aeron()} may be called by any thread.
 */
public final class AeronTransport implements AutoCloseable
{
    private static final int COUNTER_VALUES_LENGTH = 1024 * 1024;
    private static final int DRIVER_BUFFERS_LENGTH = 1024 * 1024;
    private static final int ERROR_BUFFER_LENGTH = 4 * 1024 * 1024;
    /** Values, four times as much of metadata, two command buffers and the error log: touched in full at the start. */
    private static final long CNC_LENGTH = 5L * COUNTER_VALUES_LENGTH + 2L * DRIVER_BUFFERS_LENGTH +
        ERROR_BUFFER_LENGTH + 64 * 1024;
    private static final long LOSS_REPORT_LENGTH = 1024 * 1024;
    private static final long DRIVER_TIMEOUT_MS = 10_000;
    private static final long RECONNECT_DELAY_NS = 500_000_000L;

    private final String directoryName;
    private final MediaDriver driver;
    private final DriverSockets sockets;
    private final AgentInvoker driverInvoker;
    private final ErrorHandler errorHandler;
    private final boolean isInvoked;
    private final int maxSocketBufferLength;
    private final LaneRejections rejections = new LaneRejections();
    /** Set by the agent, read by every thread that opens lanes. */
    private volatile Aeron aeron;
    private long reconnectNs;
    private boolean isReconnecting;
    private boolean isClosed;

    private AeronTransport(
        final String directoryName,
        final MediaDriver driver,
        final DriverSockets sockets,
        final AgentInvoker driverInvoker,
        final ErrorHandler errorHandler,
        final boolean isInvoked,
        final int maxSocketBufferLength)
    {
        this.directoryName = directoryName;
        this.driver = driver;
        this.sockets = sockets;
        this.driverInvoker = driverInvoker;
        this.errorHandler = errorHandler;
        this.isInvoked = isInvoked;
        this.maxSocketBufferLength = maxSocketBufferLength;
        this.aeron = connect();
    }

    /**
     * Launch a private media driver, and delete what those of killed processes left in shared memory. Blocks for some
     * milliseconds.
     *
     * @param errorHandler told about everything that goes wrong in driver and client.
     * @param isInvoked    whether all lanes are used by the thread that invokes the transport.
     * @param isToMany     whether there will be lanes to several brokers, and so too many sockets to try each in turn.
     * @return the transport.
     * @throws IllegalStateException where there is too little shared memory; the text has the remedy.
     */
    public static AeronTransport launch(
        final ErrorHandler errorHandler, final boolean isInvoked, final boolean isToMany)
    {
        final int socketBufferLength = LaneSizes.systemSocketBufferLength();
        final Path parent = Path.of(CommonContext.AERON_DIR_PROP_DEFAULT).toAbsolutePath().getParent();
        final PrivateDrivers directories = new PrivateDrivers(parent);
        try
        {
            directories.deleteDead();
        }
        catch (final IOException ex)
        {
            // what others left is no reason not to start
            errorHandler.onError(ex);
        }
        checkSharedMemory(parent, privateDriverLength(LaneSizes.udp(
            LaneSizes.DEFAULT_MAX_MESSAGE_LENGTH, LaneSizes.LOOPBACK_MTU, socketBufferLength)));

        final Path directory = directories.take();
        final DriverSockets sockets = isToMany && DriverSockets.isPossible() ? new DriverSockets() : null;
        MediaDriver driver = null;
        try
        {
            driver = launchDriver(directory.toString(), sockets, errorHandler);
            return new AeronTransport(
                directory.toString(), driver, sockets, driver.sharedAgentInvoker(), errorHandler, isInvoked,
                socketBufferLength);
        }
        catch (final RuntimeException ex)
        {
            CloseHelper.quietCloseAll(driver, sockets);
            PrivateDrivers.release(directory);
            throw ex;
        }
    }

    private static MediaDriver launchDriver(
        final String directoryName, final DriverSockets sockets, final ErrorHandler errorHandler)
    {
        final MediaDriver.Context ctx = new MediaDriver.Context();
        if (null != sockets)
        {
            sockets.install(ctx);
        }
        return MediaDriver.launch(ctx
            .aeronDirectoryName(directoryName)
            .threadingMode(ThreadingMode.INVOKER)
            .asyncExecutorEnabled(false)
            .dirDeleteOnStart(false)
            .dirDeleteOnShutdown(true)
            .warnIfDirectoryExists(false)
            .printConfigurationOnStart(false)
            .counterValuesBufferLength(COUNTER_VALUES_LENGTH)
            .errorBufferLength(ERROR_BUFFER_LENGTH)
            .termBufferSparseFile(true)
            .timerIntervalNs(TimeUnit.MILLISECONDS.toNanos(250))
            .errorHandler(errorHandler));
    }

    /**
     * Use a media driver that runs.
     *
     * @param directoryName of the driver.
     * @param driverInvoker of the driver where this transport shall drive it, else null.
     * @param errorHandler  told about everything that goes wrong in the client.
     * @param isInvoked     whether all lanes are used by the thread that invokes the transport.
     * @return the transport.
     * @throws IllegalStateException where no driver runs there.
     */
    public static AeronTransport attach(
        final String directoryName,
        final AgentInvoker driverInvoker,
        final ErrorHandler errorHandler,
        final boolean isInvoked)
    {
        if (null != driverInvoker)
        {
            driverInvoker.invoke();
        }
        if (!isDriverActive(directoryName))
        {
            throw new IllegalStateException("no media driver runs in " + directoryName +
                ": start the broker, or take the directory from the URIs that it prints");
        }
        return new AeronTransport(
            directoryName, null, null, driverInvoker, errorHandler, isInvoked, LaneSizes.systemSocketBufferLength());
    }

    /**
     * Refuse to go on where shared memory does not suffice: later it would be a fault that ends the process.
     *
     * @param directory where the files will be.
     * @param needed    bytes.
     * @throws IllegalStateException with both figures and the remedy.
     */
    public static void checkSharedMemory(final Path directory, final long needed)
    {
        final long available;
        try
        {
            available = Files.getFileStore(directory).getUsableSpace();
        }
        catch (final IOException ex)
        {
            throw new IllegalStateException("cannot look at " + directory + ": " + ex, ex);
        }
        if (available < needed)
        {
            throw new IllegalStateException(directory + " has " + available + " bytes free, " + needed +
                " are needed: enlarge it (mount -o remount,size=1g " + directory + "; docker run --shm-size=1g), or " +
                "choose another place with -Daeron.dir or in the client's context");
        }
    }

    /**
     * @return the Aeron client, or null while there is none. Any thread.
     */
    public Aeron aeron()
    {
        return aeron;
    }

    /**
     * @return directory of the media driver.
     */
    public String directoryName()
    {
        return directoryName;
    }

    LaneRejections rejections()
    {
        return rejections;
    }

    int maxSocketBufferLength()
    {
        return maxSocketBufferLength;
    }

    /**
     * Invoke the private media driver, or the one that this transport was given. The client's agent.
     *
     * @return work count.
     */
    public int invokeDriver()
    {
        return null == driverInvoker ? 0 : driverInvoker.invoke();
    }

    /**
     * Invoke the conductor of the Aeron client; look for a driver that went away. The client's agent.
     *
     * @param nowNs monotonic time.
     * @return work count.
     */
    public int invokeClient(final long nowNs)
    {
        final Aeron current = aeron;
        return null != current && !current.isClosed() ?
            current.conductorAgentInvoker().invoke() : reconnect(nowNs);
    }

    @Override
    public void close()
    {
        if (!isClosed)
        {
            isClosed = true;
            CloseHelper.close(errorHandler, aeron);
            CloseHelper.close(errorHandler, driver);
            CloseHelper.close(errorHandler, sockets);
            PrivateDrivers.release(Path.of(directoryName));
        }
    }

    private static boolean isDriverActive(final String directoryName)
    {
        return CommonContext.isDriverActive(new File(directoryName), DRIVER_TIMEOUT_MS, AeronTransport::ignore);
    }

    private static void ignore(final String progress)
    {
        // the driver's absence is told by whoever needs it
    }

    private static long privateDriverLength(final LaneSizes sizes)
    {
        return CNC_LENGTH + LOSS_REPORT_LENGTH + sizes.sharedMemoryLength(LaneKind.CONTROL) +
            sizes.sharedMemoryLength(LaneKind.PRODUCE) + sizes.sharedMemoryLength(LaneKind.CONSUME);
    }

    private int reconnect(final long nowNs)
    {
        if (isClosed || (isReconnecting && nowNs - reconnectNs < 0))
        {
            return 0;
        }
        isReconnecting = true;
        reconnectNs = nowNs + RECONNECT_DELAY_NS;
        if (isDriverActive(directoryName))
        {
            aeron = connect();
            return 1;
        }
        return 0;
    }

    private Aeron connect()
    {
        final Aeron.Context ctx = new Aeron.Context()
            .aeronDirectoryName(directoryName)
            .useConductorAgentInvoker(true)
            .driverTimeoutMs(DRIVER_TIMEOUT_MS)
            // the default would end the process when the driver is gone
            .errorHandler(errorHandler)
            .subscriberErrorHandler(errorHandler)
            .publicationErrorFrameHandler(rejections);
        if (isInvoked)
        {
            ctx.clientLock(NoOpLock.INSTANCE);
        }
        if (null != driverInvoker)
        {
            ctx.driverAgentInvoker(driverInvoker);
        }
        return Aeron.connect(ctx);
    }
}
