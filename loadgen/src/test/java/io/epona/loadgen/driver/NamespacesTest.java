package io.epona.loadgen.driver;

import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Needs the rights to make namespaces; elsewhere it says why it was left out. */
class NamespacesTest
{
    private static final int PROBE_TIMEOUT_MS = 200;
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(20);

    private Namespaces namespaces;

    @BeforeEach
    void make()
    {
        try
        {
            namespaces = new Namespaces(2);
        }
        catch (final DriverException ex)
        {
            Assumptions.abort(ex.getMessage());
        }
    }

    @AfterEach
    void close()
    {
        if (null != namespaces)
        {
            namespaces.close();
        }
    }

    @Test
    void whatIsCutOffHearsNothingUntilItIsHealed() throws IOException
    {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getByName(namespaces.address(0))))
        {
            socket.setSoTimeout(PROBE_TIMEOUT_MS);
            awaitHeard(socket, 1);
            namespaces.cut(0, 1);
            drain(socket);
            send(1, socket.getLocalPort());
            assertTrue(isSilent(socket), "heard in spite of the cut");
            awaitHeard(socket, 2);
            namespaces.heal(0, 1);
            awaitHeard(socket, 1);
        }
    }

    private void awaitHeard(final DatagramSocket socket, final int host) throws IOException
    {
        final long beginNs = SystemNanoClock.INSTANCE.nanoTime();
        boolean isHeard = false;
        while (!isHeard)
        {
            assertTrue(
                SystemNanoClock.INSTANCE.nanoTime() - beginNs < DEADLINE_NS, () -> "nothing heard from host " + host);
            send(host, socket.getLocalPort());
            isHeard = !isSilent(socket);
        }
    }

    private static boolean isSilent(final DatagramSocket socket) throws IOException
    {
        try
        {
            final DatagramPacket packet = new DatagramPacket(new byte[16], 16);
            socket.receive(packet);
            assertEquals("x", new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII));
            return false;
        }
        catch (final SocketTimeoutException ex)
        {
            return true;
        }
    }

    private static void drain(final DatagramSocket socket) throws IOException
    {
        while (!isSilent(socket))
        {
            // What was sent before the cut.
            continue;
        }
    }

    private void send(final int host, final int port)
    {
        final List<String> command = new ArrayList<>(namespaces.prefix(host));
        command.addAll(List.of(
            "bash", "-c", "printf x > /dev/udp/" + namespaces.address(0) + "/" + port));
        Shell.run(command);
    }
}
