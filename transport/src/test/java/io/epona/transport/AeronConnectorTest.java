package io.epona.transport;

import io.aeron.Image;
import io.aeron.Subscription;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AeronConnectorTest
{
    private static final LaneKind KIND = LaneKind.PRODUCE;

    @TempDir
    Path dir;

    /** For longer than this test takes the driver waits for word of the process that was there before. */
    @Test
    void shouldEndALaneToABrokerThatWasStartedAnewAndTurnsItAway() throws IOException
    {
        final EponaUri.Endpoint endpoint = new EponaUri.Endpoint("127.0.0.1", TestPorts.freeBlock());
        try (EmbeddedAeron client = new EmbeddedAeron(dir.resolve("client"));
            AeronTransport transport = AeronTransport.attach(
                client.directory(), client.driverInvoker(), client.errors::add, true);
            AeronConnector connector = new AeronConnector(transport, endpoint, 0, 1_000_000_000L))
        {
            final LaneChannels channels =
                LaneChannels.udp(connector.sizes(4096), endpoint.host(), endpoint.port());
            final Lane lane;
            try (EmbeddedAeron former = new EmbeddedAeron(dir.resolve("former")))
            {
                final Subscription requests =
                    former.aeron().addSubscription(channels.requestSubscription(), KIND.requestStream(0));
                former.aeron().addExclusivePublication(channels.responsePrototype(KIND), KIND.responseStream(0));
                lane = open(client, transport, connector, former, requests, channels);
            }

            try (EmbeddedAeron next = new EmbeddedAeron(dir.resolve("next")))
            {
                final Subscription requests =
                    next.aeron().addSubscription(channels.requestSubscription(), KIND.requestStream(0));
                client.await("it is heard by the next", () ->
                {
                    next.step();
                    transport.invokeClient(0);
                    return requests.imageCount() > 0;
                });
                assertTrue(lane.isConnected());

                requests.imageAtIndex(0).reject("connect again");
                client.await("it is over", () ->
                {
                    next.step();
                    transport.invokeClient(0);
                    return !lane.isConnected();
                });
                assertFalse(lane.isClosed(), "that is its owner's to do");
                lane.close();
            }
        }
    }

    /** The client's end, answered as a broker does. */
    private static Lane open(
        final EmbeddedAeron client,
        final AeronTransport transport,
        final AeronConnector connector,
        final EmbeddedAeron broker,
        final Subscription requests,
        final LaneChannels channels)
    {
        final LaneConnector.Opening opening = connector.open(KIND, connector.sizes(4096), 0);
        final Lane[] lane = new Lane[1];
        client.await("it is open", () ->
        {
            broker.step();
            transport.invokeClient(0);
            lane[0] = null == lane[0] ? opening.poll() : lane[0];
            return null != lane[0] && requests.imageCount() > 0;
        });
        final Image image = requests.imageAtIndex(0);
        broker.aeron().addExclusivePublication(
            channels.responsePublication(KIND, image.correlationId()), KIND.responseStream(0));
        client.await("it is connected", () ->
        {
            broker.step();
            transport.invokeClient(0);
            return lane[0].isConnected();
        });

        return lane[0];
    }
}
