import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends feedback and checks what became of it. Used by two-copies.sh. */
public class FeedbackLoad {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private static final String TIME = "2026-02-15T12:00:00Z";
  private static final int ENTRIES = 3;

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "port" -> {
        try (ServerSocket free = new ServerSocket(0)) {
          System.out.println(free.getLocalPort());
        }
      }
      case "ready" -> ready(args[1]);
      case "card" -> System.out.println(card(args[1], Files.readString(Path.of(args[2]))));
      case "accept" -> System.out.println(post(args[1], entries(List.of(args[2]))).body());
      case "load" -> load(Path.of(args[1]), Path.of(args[2]), args[3]);
      case "check" -> check(Path.of(args[1]), args[2]);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  /** Waits until a copy can answer. */
  private static void ready(String base) throws Exception {
    for (int i = 0; i < 600; i++) {
      try {
        if (get(base + "/actuator/health/readiness").statusCode() == 200) {
          return;
        }
      } catch (IOException notYet) {
        // Asked again below.
      }
      Thread.sleep(200);
    }
    System.err.println("not ready: " + base);
    System.exit(1);
  }

  /** Calls a service and gives the uuid of the first card. */
  private static String card(String base, String request) throws Exception {
    HttpResponse<String> answer = send(base + "/cds-services/mm-order-sign", request);
    Matcher uuid = Pattern.compile("\"uuid\":\"([^\"]+)\"").matcher(answer.body());
    if (answer.statusCode() != 200 || !uuid.find()) {
      throw new IllegalStateException(answer.statusCode() + " without a card");
    }
    return uuid.group(1);
  }

  /** Eight senders write down the cards of each acknowledged batch until the file stop is there. */
  private static void load(Path acknowledged, Path stop, String base) throws Exception {
    AtomicInteger batches = new AtomicInteger();
    AtomicInteger unanswered = new AtomicInteger();
    List<Thread> senders = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Thread sender =
          new Thread(
              () -> {
                while (!Files.exists(stop)) {
                  List<String> cards = new ArrayList<>();
                  for (int n = 0; n < ENTRIES; n++) {
                    cards.add(UUID.randomUUID().toString());
                  }
                  try {
                    if (post(base, entries(cards)).statusCode() == 200) {
                      note(acknowledged, cards);
                      batches.incrementAndGet();
                    } else {
                      unanswered.incrementAndGet();
                    }
                  } catch (IOException killed) {
                    unanswered.incrementAndGet();
                    pause();
                  } catch (InterruptedException e) {
                    return;
                  }
                }
              });
      sender.start();
      senders.add(sender);
    }
    for (Thread sender : senders) {
      sender.join();
    }
    System.out.println(
        "sent " + base + ": " + batches + " batches acknowledged, " + unanswered + " not answered");
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static synchronized void note(Path file, List<String> cards) throws IOException {
    Files.write(file, cards, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /**
   * Sends everything acknowledged once more: each entry must have been there. What was lost would be
   * new.
   */
  private static void check(Path acknowledged, String base) throws Exception {
    List<String> cards = Files.readAllLines(acknowledged);
    int lost = 0;
    for (int from = 0; from < cards.size(); from += 500) {
      HttpResponse<String> answer =
          post(base, entries(cards.subList(from, Math.min(cards.size(), from + 500))));
      Matcher stored = Pattern.compile("\"stored\":(\\d+)").matcher(answer.body());
      if (answer.statusCode() != 200 || !stored.find()) {
        throw new IllegalStateException("check not possible: " + answer.statusCode());
      }
      lost += Integer.parseInt(stored.group(1));
    }
    String report = get(base + "/admin/feedback-report").body();
    Matcher kept =
        Pattern.compile("\"unknownCards\":\\{\"accepted\":(\\d+)").matcher(report);
    if (!kept.find()) {
      throw new IllegalStateException("no report");
    }
    System.out.println(
        "acknowledged " + cards.size() + ", lost " + lost + ", in the report " + kept.group(1));
    if (cards.isEmpty() || lost > 0 || Integer.parseInt(kept.group(1)) < cards.size()) {
      System.exit(1);
    }
  }

  private static String entries(List<String> cards) {
    StringBuilder body = new StringBuilder("{\"feedback\":[");
    for (String card : cards) {
      if (body.charAt(body.length() - 1) == '}') {
        body.append(',');
      }
      body.append("{\"card\":\"")
          .append(card)
          .append("\",\"outcome\":\"accepted\",\"outcomeTimestamp\":\"")
          .append(TIME)
          .append("\",\"acceptedSuggestions\":[{\"id\":\"")
          .append(card)
          .append("\"}]}");
    }
    return body.append("]}").toString();
  }

  private static HttpResponse<String> post(String base, String body)
      throws IOException, InterruptedException {
    return send(base + "/cds-services/mm-order-sign/feedback", body);
  }

  private static HttpResponse<String> send(String url, String body)
      throws IOException, InterruptedException {
    return CLIENT.send(
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static HttpResponse<String> get(String url) throws IOException, InterruptedException {
    return CLIENT.send(
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
