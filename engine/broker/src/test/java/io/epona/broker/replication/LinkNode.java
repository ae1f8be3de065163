package io.epona.broker.replication;

import io.aeron.Aeron;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.driver.ext.DebugReceiveChannelEndpoint;
import io.aeron.driver.ext.DebugSendChannelEndpoint;
import io.aeron.driver.ext.LossGenerator;
import io.epona.broker.FreePorts;
import org.agrona.BufferUtil;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.NoOpLock;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersManager;
import org.agrona.concurrent.status.CountersReader;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * One broker's end of links, with its media driver. Timeouts are those of a broker.
 */
final class LinkNode implements LinkListener, AutoCloseable
{
    /** As on a stock system. */
    static final int SOCKET_BUFFER_LENGTH = 208 * 1024;
    private static final int FIXED_LENGTH = 16;

    private final List<String> received = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private final int brokerId;
    private final int port;
    private final MediaDriver driver;
    private final Aeron aeron;
    private final AeronLinks links;
    private final LinkCounters counters;
    private final LinkSizes sizes;
    private final UnsafeBuffer buffer;
    private int brokerEpoch = 1;
    private boolean isDeaf;
    private boolean isMute;
    private boolean isPaused;
    private boolean isPolling = true;
    private RuntimeException nextFailure;

    LinkNode(
        final LinkNetwork network,
        final Path directory,
        final int brokerId,
        final int port,
        final LinkSizes sizes,
        final int firstTerm)
    {
        this.brokerId = brokerId;
        this.port = port;
        this.sizes = sizes;
        buffer = new UnsafeBuffer(new byte[sizes.maxDataLength()]);
        final LossGenerator inbound = (address, packet, length) -> isDeaf;
        final LossGenerator outbound = (address, packet, length) -> isMute;
        driver = MediaDriver.launch(new MediaDriver.Context()
            .aeronDirectoryName(directory.toString())
            .threadingMode(ThreadingMode.INVOKER)
            .asyncExecutorEnabled(false)
            .dirDeleteOnShutdown(true)
            .termBufferSparseFile(true)
            .counterValuesBufferLength(1024 * 1024)
            .nanoClock(network::nanoTime)
            .epochClock(() -> TimeUnit.NANOSECONDS.toMillis(network.nanoTime()))
            .timerIntervalNs(TimeUnit.MILLISECONDS.toNanos(250))
            .publicationConnectionTimeoutNs(TimeUnit.SECONDS.toNanos(3))
            .imageLivenessTimeoutNs(TimeUnit.SECONDS.toNanos(5))
            .clientLivenessTimeoutNs(TimeUnit.SECONDS.toNanos(60))
            .publicationUnblockTimeoutNs(TimeUnit.SECONDS.toNanos(90))
            .sendChannelEndpointSupplier((channel, status, ctx) ->
                new DebugSendChannelEndpoint(channel, status, ctx, outbound, inbound))
            .receiveChannelEndpointSupplier((channel, dispatcher, status, ctx) ->
                new DebugReceiveChannelEndpoint(channel, dispatcher, status, ctx, inbound, outbound))
            .errorHandler((ex) -> errors.add(ex.toString())));
        aeron = Aeron.connect(new Aeron.Context()
            .aeronDirectoryName(driver.aeronDirectoryName())
            .useConductorAgentInvoker(true)
            .clientLock(NoOpLock.INSTANCE)
            .driverAgentInvoker(driver.sharedAgentInvoker())
            .driverTimeoutMs(TimeUnit.SECONDS.toMillis(60))
            .nanoClock(network::nanoTime)
            .epochClock(() -> TimeUnit.NANOSECONDS.toMillis(network.nanoTime()))
            .errorHandler((ex) -> errors.add(ex.toString()))
            .subscriberErrorHandler((ex) -> errors.add(ex.toString())));
        counters = new LinkCounters(
            new CountersManager(
                new UnsafeBuffer(BufferUtil.allocateDirectAligned(
                    LinkCounters.COUNT * CountersReader.METADATA_LENGTH, 64)),
                new UnsafeBuffer(BufferUtil.allocateDirectAligned(
                    LinkCounters.COUNT * CountersReader.COUNTER_LENGTH, 64))),
            "");
        final LinkSettings settings = new LinkSettings(brokerId, FreePorts.HOST, port, 0, sizes);
        links = new AeronLinks(
            aeron, settings, counters, (ex) -> errors.add(ex.toString()), new LinkChannels(settings, firstTerm));
        try
        {
            links.listen();
        }
        catch (final RuntimeException ex)
        {
            close();
            throw ex;
        }
    }

    int brokerId()
    {
        return brokerId;
    }

    int port()
    {
        return port;
    }

    int brokerEpoch()
    {
        return brokerEpoch;
    }

    LinkNode brokerEpoch(final int epoch)
    {
        brokerEpoch = epoch;
        return this;
    }

    AeronLinks links()
    {
        return links;
    }

    Aeron aeron()
    {
        return aeron;
    }

    LinkCounters counters()
    {
        return counters;
    }

    LinkSizes sizes()
    {
        return sizes;
    }

    List<String> errors()
    {
        return errors;
    }

    /** What came: "image 2", "gone 2", "2d 17" for message 17 of broker 2 on data, "2c 17" on control. */
    List<String> received()
    {
        return received;
    }

    long count(final String prefix)
    {
        return received.stream().filter((event) -> event.startsWith(prefix)).count();
    }

    void register(final LinkNode other)
    {
        links.onBroker(other.brokerId, other.brokerEpoch, FreePorts.HOST, other.port);
    }

    /** Packets to it, or from it, are lost. */
    void cut(final boolean isInboundLost, final boolean isOutboundLost)
    {
        isDeaf = isInboundLost;
        isMute = isOutboundLost;
    }

    /** The process stands still, its driver with it. */
    void pause(final boolean isStanding)
    {
        isPaused = isStanding;
    }

    /** Whether the shard takes what came. */
    void polling(final boolean isPolled)
    {
        isPolling = isPolled;
    }

    void failNext(final RuntimeException failure)
    {
        nextFailure = failure;
    }

    void step(final long nowNs)
    {
        if (!isPaused)
        {
            driver.sharedAgentInvoker().invoke();
            aeron.conductorAgentInvoker().invoke();
            if (isPolling)
            {
                poll();
            }
            links.doWork(nowNs);
        }
    }

    private void poll()
    {
        try
        {
            links.poll(this, 16);
        }
        catch (final IllegalStateException ex)
        {
            errors.add(ex.toString());
        }
    }

    /** A message of a length that says its number, and whose bytes follow from it. */
    long data(final int to, final int number, final int length)
    {
        fill(number, length);
        return links.offerData(to, buffer, 0, LinkSizes.HEAD_LENGTH, buffer, LinkSizes.HEAD_LENGTH,
            length - LinkSizes.HEAD_LENGTH);
    }

    long control(final int to, final int number, final int length)
    {
        fill(number, length);
        return links.offerControl(to, buffer, 0, length);
    }

    private void fill(final int number, final int length)
    {
        buffer.putLong(0, 0);
        buffer.putInt(8, number);
        buffer.putInt(12, length);
        for (int i = FIXED_LENGTH; i < length; i++)
        {
            buffer.putByte(i, (byte)(number + i));
        }
    }

    @Override
    public void onImage(final int fromId)
    {
        received.add("image " + fromId);
    }

    @Override
    public void onImageGone(final int fromId)
    {
        received.add("gone " + fromId);
    }

    @Override
    public void onMessage(final int fromId, final DirectBuffer message, final int index, final int length)
    {
        if (null != nextFailure)
        {
            final RuntimeException failure = nextFailure;
            nextFailure = null;
            throw failure;
        }
        final int number = message.getInt(index + 8);
        assertEquals(message.getInt(index + 12), length, "length of message " + number);
        for (int i = FIXED_LENGTH; i < length; i++)
        {
            if ((byte)(number + i) != message.getByte(index + i))
            {
                throw new IllegalStateException("message " + number + " differs at " + i);
            }
        }
        assertTrue(0 == ((message.addressOffset() + index) & 7), "aligned");
        received.add(fromId + " " + number);
    }

    /** As a process is killed: nothing is said to anybody. */
    void kill()
    {
        driver.close();
        aeron.close();
    }

    @Override
    public void close()
    {
        links.close();
        CloseHelper.closeAll(aeron, driver);
    }
}
