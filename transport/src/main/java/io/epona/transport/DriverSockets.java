package io.epona.transport;

import io.aeron.driver.Configuration;
import io.aeron.driver.DataPacketDispatcher;
import io.aeron.driver.DutyCycleTracker;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.media.ReceiveChannelEndpoint;
import io.aeron.driver.media.SendChannelEndpoint;
import io.aeron.driver.media.UdpChannel;
import org.agrona.CloseHelper;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.nio.TransportPoller;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.function.Consumer;

/**
 * The sockets of a media driver that one thread runs. The driver by itself tries each of them in each cycle, and most
 * are empty; here the kernel is asked once in a cycle which of them have something, only those are read, and the thread
 * may wait in the kernel until one has. Allocates nothing per cycle.
 * <p>
 * Owned by the driver's thread; before it runs and after it ended, by the one that launches and closes.
 */
public final class DriverSockets implements AutoCloseable
{
    /** Whether a socket may have something: set by the kernel's word, taken back by a read. */
    private static final class Readiness
    {
        private boolean isReady;

        private boolean take()
        {
            final boolean was = isReady;
            isReady = false;
            return was;
        }
    }

    private final Consumer<SelectionKey> onReady = (key) -> ((Readiness)key.attachment()).isReady = true;
    private final Selector selector;
    /** Whether the kernel was asked since the last cycle. */
    private boolean isFresh;

    /**
     * Open a selector.
     */
    public DriverSockets()
    {
        try
        {
            selector = Selector.open();
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException("no selector for the sockets of the media driver", ex);
        }
    }

    /**
     * For the start of a process all of whose drivers have sockets like these: they shall not ask the kernel a second
     * time.
     */
    public static void configureProcess()
    {
        if (null == System.getProperty(TransportPoller.ITERATION_THRESHOLD_PROP_NAME))
        {
            System.setProperty(TransportPoller.ITERATION_THRESHOLD_PROP_NAME, Integer.toString(Integer.MAX_VALUE));
        }
    }

    /**
     * @return whether the media drivers of this process may have sockets like these: not where a system property names
     * others to Aeron.
     */
    public static boolean isPossible()
    {
        return null == System.getProperty(Configuration.SEND_CHANNEL_ENDPOINT_SUPPLIER_PROP_NAME) &&
            null == System.getProperty(Configuration.RECEIVE_CHANNEL_ENDPOINT_SUPPLIER_PROP_NAME);
    }

    /**
     * Have a driver use these sockets. Its sender and its receiver must be run by the same thread, the sender first.
     *
     * @param ctx of the driver.
     * @return the same.
     */
    public MediaDriver.Context install(final MediaDriver.Context ctx)
    {
        return ctx
            .sendChannelEndpointSupplier(Sending::new)
            .receiveChannelEndpointSupplier(Receiving::new)
            .senderDutyCycleTracker(new CycleStart());
    }

    /**
     * Wait until a socket has something, or for the time; less where the thread is interrupted.
     *
     * @param timeoutMs at most, positive.
     */
    public void await(final long timeoutMs)
    {
        try
        {
            isFresh = selector.select(onReady, timeoutMs) > 0;
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException(ex);
        }
    }

    private void ask()
    {
        try
        {
            selector.selectNow(onReady);
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException(ex);
        }
    }

    private void register(final DatagramChannel channel, final Readiness readiness)
    {
        try
        {
            channel.register(selector, SelectionKey.OP_READ, readiness);
        }
        catch (final ClosedChannelException ex)
        {
            throw new UncheckedIOException(ex);
        }
    }

    /** A closed channel stays bound until the selectors that know it have let it go. */
    private void onClosed()
    {
        if (selector.isOpen())
        {
            ask();
        }
    }

    /**
     * After the driver.
     */
    @Override
    public void close()
    {
        CloseHelper.quietClose(selector);
    }

    /** The sender reports at the start of each cycle: what anybody who invokes the driver does. */
    private final class CycleStart extends DutyCycleTracker
    {
        @Override
        public void reportMeasurement(final long durationNs)
        {
            if (isFresh)
            {
                isFresh = false;
            }
            else
            {
                ask();
            }
        }
    }

    private final class Sending extends SendChannelEndpoint
    {
        private final Readiness readiness = new Readiness();

        private Sending(
            final UdpChannel udpChannel, final AtomicCounter statusIndicator, final MediaDriver.Context context)
        {
            super(udpChannel, statusIndicator, context);
        }

        @Override
        public void openDatagramChannel(final AtomicCounter statusIndicator)
        {
            super.openDatagramChannel(statusIndicator);
            register(receiveDatagramChannel(), readiness);
        }

        @Override
        public InetSocketAddress receive(final ByteBuffer buffer)
        {
            return readiness.take() ? super.receive(buffer) : null;
        }

        @Override
        public void close()
        {
            super.close();
            onClosed();
        }
    }

    private final class Receiving extends ReceiveChannelEndpoint
    {
        private final Readiness readiness = new Readiness();

        private Receiving(
            final UdpChannel udpChannel,
            final DataPacketDispatcher dispatcher,
            final AtomicCounter statusIndicator,
            final MediaDriver.Context context)
        {
            super(udpChannel, dispatcher, statusIndicator, context);
        }

        @Override
        public void openDatagramChannel(final AtomicCounter statusIndicator)
        {
            super.openDatagramChannel(statusIndicator);
            register(receiveDatagramChannel(), readiness);
        }

        @Override
        public InetSocketAddress receive(final ByteBuffer buffer)
        {
            return readiness.take() ? super.receive(buffer) : null;
        }

        @Override
        public void close()
        {
            super.close();
            onClosed();
        }
    }
}
