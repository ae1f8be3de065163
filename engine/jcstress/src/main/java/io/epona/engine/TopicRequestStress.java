package io.epona.engine;

import io.epona.codecs.ResultCode;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

import java.util.Map;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * Who sees that a request is decided sees how: code and message are plain stores before the volatile store of the flag,
 * and are read after the flag was seen.
 */
@JCStressTest
@State
@Outcome(id = {"0", "1"}, expect = ACCEPTABLE, desc = "not decided, or decided with its reason")
@Outcome(expect = FORBIDDEN, desc = "decided without a reason")
public class TopicRequestStress
{
    private static final String REASON = "exists";

    private final TopicRequest request = new TopicRequest(TopicRequest.Kind.CREATE, "t", 1, 1, Map.of());

    /** The housekeeper decides. */
    @Actor
    public void housekeeper()
    {
        request.refuse(ResultCode.TOPIC_EXISTS, REASON);
    }

    /**
     * Who asked looks.
     *
     * @param result 0 undecided, 1 refused with a reason; else what is missing.
     */
    @Actor
    public void asker(final I_Result result)
    {
        if (request.isDone())
        {
            result.r1 = ResultCode.TOPIC_EXISTS.code() != request.code() ? -1 :
                !REASON.equals(request.message()) ? -2 : 1;
        }
    }
}
