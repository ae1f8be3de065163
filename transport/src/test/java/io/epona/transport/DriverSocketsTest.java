package io.epona.transport;

import io.aeron.Aeron;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import org.agrona.CloseHelper;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class DriverSocketsTest
{
    private static final int STREAM = 7;
    private static final long TIMEOUT_NS = 10_000_000_000L;
    private static final long LONG_WAIT_MS = 60_000;

    @TempDir
    private Path dir;
    private final DriverSockets sockets = new DriverSockets();
    private MediaDriver driver;
    private AgentInvoker invoker;
    private Aeron aeron;
    private int received;

    @BeforeEach
    void launch()
    {
        driver = MediaDriver.launch(sockets.install(new MediaDriver.Context())
            .aeronDirectoryName(dir.resolve("aeron").toString())
            .threadingMode(ThreadingMode.INVOKER)
            .asyncExecutorEnabled(false)
            .dirDeleteOnShutdown(true)
            .termBufferSparseFile(true)
            .publicationTermBufferLength(64 * 1024));
        invoker = driver.sharedAgentInvoker();
        aeron = Aeron.connect(new Aeron.Context()
            .aeronDirectoryName(driver.aeronDirectoryName())
            .useConductorAgentInvoker(true)
            .driverAgentInvoker(invoker));
    }

    @AfterEach
    void close()
    {
        CloseHelper.closeAll(aeron, driver, sockets);
    }

    private void await(final BooleanSupplier condition)
    {
        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + TIMEOUT_NS;
        while (!condition.getAsBoolean())
        {
            assertTrue(SystemNanoClock.INSTANCE.nanoTime() - deadlineNs < 0, "it took too long");
            invoker.invoke();
            aeron.conductorAgentInvoker().invoke();
        }
    }

    private int poll(final Subscription subscription)
    {
        return subscription.poll((buffer, offset, length, header) -> received++, 10);
    }

    private int portOf(final Subscription subscription)
    {
        await(() -> null != subscription.resolvedEndpoint());
        final String endpoint = subscription.resolvedEndpoint();
        return Integer.parseInt(endpoint.substring(endpoint.lastIndexOf(':') + 1));
    }

    @Test
    void shouldCarryMessagesOverMoreSocketsThanTheDriverPollsOneByOne()
    {
        final int count = 8;
        final Subscription[] subscriptions = new Subscription[count];
        final Publication[] publications = new Publication[count];
        for (int i = 0; i < count; i++)
        {
            subscriptions[i] = aeron.addSubscription("aeron:udp?endpoint=127.0.0.1:0", STREAM);
            publications[i] = aeron.addPublication(
                "aeron:udp?endpoint=127.0.0.1:" + portOf(subscriptions[i]), STREAM);
        }
        final UnsafeBuffer message = new UnsafeBuffer(new byte[100]);
        for (int i = 0; i < count; i++)
        {
            final Publication publication = publications[i];
            final Subscription subscription = subscriptions[i];
            await(() -> publication.offer(message) > 0);
            final int expected = received + 1;
            await(() ->
            {
                poll(subscription);
                return expected == received;
            });
        }

        assertEquals(count, received);
    }

    @Test
    void shouldBeWokenByADatagram() throws IOException
    {
        final Subscription subscription = aeron.addSubscription("aeron:udp?endpoint=127.0.0.1:0", STREAM);
        final InetSocketAddress address =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), portOf(subscription));
        invoker.invoke();
        final long startNs = SystemNanoClock.INSTANCE.nanoTime();
        try (DatagramChannel channel = DatagramChannel.open())
        {
            channel.send(ByteBuffer.allocate(100), address);
            sockets.await(LONG_WAIT_MS);
        }

        assertTrue(SystemNanoClock.INSTANCE.nanoTime() - startNs < LONG_WAIT_MS * 1_000_000L, "it slept on");
        assertTrue(invoker.invoke() > 0, "the datagram that woke it was not read");
    }

    @Test
    void shouldFreeThePortOfAClosedSubscription()
    {
        final Subscription subscription = aeron.addSubscription("aeron:udp?endpoint=127.0.0.1:0", STREAM);
        final int port = portOf(subscription);
        subscription.close();
        await(() -> isFree(port));

        assertTrue(isFree(port));
    }

    private static boolean isFree(final int port)
    {
        try (DatagramChannel channel = DatagramChannel.open())
        {
            channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        }
        catch (final IOException ex)
        {
            return false;
        }
    }
}
