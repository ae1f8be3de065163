package io.epona.transport;

import io.aeron.PublicationErrorFrameHandler;
import io.aeron.status.PublicationErrorFrame;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells a lane of a client that its broker turned its requests away, which ends it at once. Above all a process that
 * was started anew at the same address does so: until then it seems to receive what was meant for the one before, and
 * would for as long as the driver waits for a receiver that fell silent.
 * <p>
 * Lanes are added and removed by their owners, and told on the thread that invokes the Aeron client.
 */
final class LaneRejections implements PublicationErrorFrameHandler
{
    private final Map<Long, AeronLane> lanesByPublication = new ConcurrentHashMap<>();

    void add(final AeronLane lane)
    {
        lanesByPublication.put(lane.publication().registrationId(), lane);
    }

    void remove(final AeronLane lane)
    {
        // Not a lane over a later driver, whose ids begin anew.
        lanesByPublication.remove(lane.publication().registrationId(), lane);
    }

    @Override
    public void onPublicationError(final PublicationErrorFrame error)
    {
        final AeronLane lane = lanesByPublication.get(error.registrationId());
        if (null != lane)
        {
            lane.onRejected();
        }
    }
}
