package no.marg.smart;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A record as the app meets it: FHIR server and authorization server on a port of this machine,
 * with the synthetic patients of the demonstration. It checks what it gets as a strict server would
 * (PKCE, redirect address, signatures, single use, scopes to write), keeps what is written, and can
 * be told to misbehave.
 */
public final class FakeEhr implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final List<String> DATES =
      List.of(
          "effectiveDateTime",
          "performedDateTime",
          "occurrenceDateTime",
          "authoredOn",
          "recordedDate",
          "issued",
          "onsetDateTime",
          "dateAsserted",
          "created");

  /**
   * A request that came.
   *
   * @param parameters of the query or form, each once
   */
  public record Asked(
      String method,
      String path,
      Map<String, String> parameters,
      Map<String, String> headers,
      String body) {
    public String header(String name) {
      return headers.getOrDefault(name.toLowerCase(java.util.Locale.ROOT), "");
    }
  }

  private record Code(Map<String, String> request) {}

  /** What a token was given for. */
  private record Access(String scope, String patient) {}

  /** What becomes of a transaction; status 0 for no answer. */
  private record WriteEnd(boolean taken, int status) {}

  /** A transaction that is not taken. */
  private static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;
    private final int status;

    RefusedException(int status, String why) {
      super(why);
      this.status = status;
    }
  }

  /** An end point that points elsewhere; no path for none. */
  private record Redirect(String path, int status, String address) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<JsonNode> resources = new CopyOnWriteArrayList<>();
  private final List<JsonNode> stored = new CopyOnWriteArrayList<>();
  private final List<Asked> asked = new CopyOnWriteArrayList<>();
  private final Map<String, Map<String, Object>> launches = new ConcurrentHashMap<>();
  private final Map<String, Code> codes = new ConcurrentHashMap<>();
  private final Map<String, Map<String, String>> refreshTokens = new ConcurrentHashMap<>();
  private final Map<String, Access> accessTokens = new ConcurrentHashMap<>();
  private final Set<String> assertions = ConcurrentHashMap.newKeySet();
  private final AtomicInteger number = new AtomicInteger();
  private final RSAKey signingKey;

  private volatile URI clientKeys;
  private volatile UnaryOperator<Map<String, Object>> configuration;
  private volatile UnaryOperator<Map<String, Object>> tokenResponse;
  private volatile UnaryOperator<String> granted;
  private volatile Consumer<JWTClaimsSet.Builder> idToken;
  private volatile RSAKey idTokenKey;
  private volatile Map<String, String> authorizationError;
  private volatile String refreshError;
  private volatile boolean rotating;
  private volatile int expiresIn;
  private volatile int pageSize;
  private volatile String foreignPage;
  private volatile Set<String> denied;
  private volatile Duration delay;
  private volatile Map<String, String> styles;
  private volatile Redirect redirect;
  private volatile UnaryOperator<String> written;
  private volatile WriteEnd writeEnd;
  private volatile CountDownLatch behaves = new CountDownLatch(0);
  private final AtomicInteger tokensEndAtWrite = new AtomicInteger();

  private FakeEhr() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      signingKey = new RSAKeyGenerator(2048).keyID("ehr-1").generate();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
    behave();
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  /** A record that behaves well, without patients. */
  public static FakeEhr start() {
    return new FakeEhr();
  }

  /** A record with some synthetic patients of the demonstration. */
  public static FakeEhr withPersonas(String... personas) {
    FakeEhr ehr = new FakeEhr();
    for (String persona : personas) {
      ehr.add(persona);
    }
    return ehr;
  }

  /** Adds a synthetic patient; its logical id is the name of its file. */
  public FakeEhr add(String persona) {
    String file = "/demo/personas/" + persona + ".json";
    try (InputStream stream = FakeEhr.class.getResourceAsStream(file)) {
      if (stream == null) {
        throw new IllegalArgumentException("There is no " + file);
      }
      JSON.readTree(stream).path("entry").forEach(entry -> resources.add(entry.path("resource")));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds a resource to the record. */
  public FakeEhr add(JsonNode resource) {
    resources.add(resource);
    return this;
  }

  /** The resources of the record. */
  public List<JsonNode> resources() {
    return List.copyOf(resources);
  }

  /** Takes every misbehaviour back, and forgets what was asked and written. */
  public FakeEhr behave() {
    behaves.countDown();
    behaves = new CountDownLatch(1);
    writeEnd = new WriteEnd(true, 200);
    tokensEndAtWrite.set(0);
    stored.clear();
    configuration = found -> found;
    tokenResponse = found -> found;
    granted = scope -> scope;
    idToken = claims -> {};
    idTokenKey = signingKey;
    authorizationError = Map.of();
    refreshError = null;
    rotating = false;
    expiresIn = 3600;
    pageSize = 1000;
    foreignPage = null;
    denied = Set.of();
    delay = Duration.ZERO;
    styles = Map.of();
    redirect = new Redirect("", 0, "");
    written = text -> text;
    asked.clear();
    return this;
  }

  /** FHIR base URL; it has a path, as many servers do. */
  public URI iss() {
    return URI.create(origin() + "/fhir/r4");
  }

  public String origin() {
    return "http://localhost:" + server.getAddress().getPort();
  }

  /** Where the public keys of a confidential client are, as registered. */
  public FakeEhr clientKeys(URI address) {
    clientKeys = address;
    return this;
  }

  /** A launch on a patient; the value of the parameter {@code launch}. */
  public String launch(String patient) {
    return launch(Map.of("patient", patient));
  }

  /** A launch with this context, which comes with the token. */
  public String launch(Map<String, Object> context) {
    return launch("launch-" + UUID.randomUUID(), context);
  }

  /** A launch of which the id is chosen, such as a very long one. */
  public String launch(String id, Map<String, Object> context) {
    launches.put(id, context);
    return id;
  }

  /** The address by which this record opens the app on a patient. */
  public String launchAddress(String app, String patient) {
    return launchAddress(app, Map.of("patient", patient));
  }

  /** The address by which this record opens the app in a context. */
  public String launchAddress(String app, Map<String, Object> context) {
    return address(app, launch(context));
  }

  /** The address by which this record opens the app with a launch that it has made. */
  public String address(String app, String launch) {
    return app + "/smart/launch?iss=" + encoded(iss().toString()) + "&launch=" + encoded(launch);
  }

  public FakeEhr configuration(UnaryOperator<Map<String, Object>> change) {
    configuration = change;
    return this;
  }

  public FakeEhr tokenResponse(UnaryOperator<Map<String, Object>> change) {
    tokenResponse = change;
    return this;
  }

  /** What of the scopes asked for is granted. */
  public FakeEhr granting(UnaryOperator<String> change) {
    granted = change;
    return this;
  }

  public FakeEhr idToken(Consumer<JWTClaimsSet.Builder> change) {
    idToken = change;
    return this;
  }

  public FakeEhr idTokenSignedWith(RSAKey key) {
    idTokenKey = key;
    return this;
  }

  /** Refuses at the authorization end point. */
  public FakeEhr refusing(String error, String description) {
    authorizationError = Map.of("error", error, "error_description", description);
    return this;
  }

  /** Refuses to renew, with an OAuth error or a status such as 503. */
  public FakeEhr refusingRenewal(String error) {
    refreshError = error;
    return this;
  }

  /** A refresh token is good once. */
  public FakeEhr rotating() {
    rotating = true;
    return this;
  }

  public FakeEhr expiresIn(int seconds) {
    expiresIn = seconds;
    return this;
  }

  /** Searches come in pages of this many. */
  public FakeEhr pagesOf(int size) {
    pageSize = size;
    return this;
  }

  /** The next page of every search is said to be at this address. */
  public FakeEhr nextPageAt(String address) {
    foreignPage = address;
    return this;
  }

  /** Answers 403 on these resource types. */
  public FakeEhr denying(String... types) {
    denied = Set.of(types);
    return this;
  }

  /** Waits before each FHIR and token answer. */
  public FakeEhr slow(Duration wait) {
    delay = wait;
    return this;
  }

  public FakeEhr styles(Map<String, String> wanted) {
    styles = wanted;
    return this;
  }

  /** Changes the text of each resource before it is sent. */
  public FakeEhr changing(UnaryOperator<String> change) {
    written = change;
    return this;
  }

  /** Answers on this path with a redirect. */
  public FakeEhr redirecting(String path, int status, String address) {
    redirect = new Redirect(path, status, address);
    return this;
  }

  /**
   * What becomes of each transaction that could be taken.
   *
   * @param taken whether it is stored
   * @param status what is answered: 200, or a refusal or failure with an OperationOutcome; 0 to
   *     keep the caller waiting
   */
  public FakeEhr writesEnd(boolean taken, int status) {
    writeEnd = new WriteEnd(taken, status);
    return this;
  }

  /** So many of the next transactions are answered 401, and no token given so far is good then. */
  public FakeEhr tokensEndAtWrite(int times) {
    tokensEndAtWrite.set(times);
    return this;
  }

  /** Resources of this type that were written, as they are stored. */
  public List<JsonNode> stored(String type) {
    return stored.stream().filter(each -> text(each, "resourceType").equals(type)).toList();
  }

  /** The transactions that came, taken or not. */
  public List<Asked> transactions() {
    return asked.stream().filter(FakeEhr::isTransaction).toList();
  }

  /** No access token given so far is accepted any more. */
  public void expireTokens() {
    accessTokens.clear();
  }

  /** All that was asked. */
  public List<Asked> asked() {
    return List.copyOf(asked);
  }

  /** All that was asked below a path. */
  public List<Asked> asked(String path) {
    return asked.stream().filter(each -> each.path().startsWith(path)).toList();
  }

  /** The last request to a path. */
  public Asked last(String path) {
    List<Asked> found = asked(path);
    return found.get(found.size() - 1);
  }

  @Override
  public void close() {
    behaves.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Asked request = read(exchange);
      asked.add(request);
      if (request.path().equals(redirect.path())) {
        exchange.getResponseHeaders().set("Location", redirect.address());
        exchange.sendResponseHeaders(redirect.status(), -1);
        return;
      }
      switch (request.path()) {
        case "/fhir/r4/.well-known/smart-configuration" -> json(exchange, 200, described());
        case "/auth/authorize" -> authorize(exchange, request);
        case "/auth/token" -> token(exchange, request);
        case "/auth/revoke" -> revoke(exchange, request);
        case "/auth/keys" ->
            json(exchange, 200, new JWKSet(signingKey).toPublicJWKSet().toJSONObject());
        case "/fhir/r4/styles" -> json(exchange, 200, styles);
        default -> fhir(exchange, request);
      }
    } catch (RuntimeException e) {
      e.printStackTrace();
      exchange.sendResponseHeaders(500, -1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Asked read(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    Map<String, String> parameters = new LinkedHashMap<>();
    String query = exchange.getRequestURI().getRawQuery();
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    boolean isForm = type != null && type.startsWith("application/x-www-form-urlencoded");
    for (String text : new String[] {query == null ? "" : query, isForm ? body : ""}) {
      for (String pair : text.split("&")) {
        String[] parts = pair.split("=", 2);
        if (parts.length == 2) {
          String name = decoded(parts[0]);
          if (parameters.put(name, decoded(parts[1])) != null) {
            parameters.put("repeated", name);
          }
        }
      }
    }
    Map<String, String> headers = new LinkedHashMap<>();
    exchange
        .getRequestHeaders()
        .forEach((n, v) -> headers.put(n.toLowerCase(java.util.Locale.ROOT), String.join(", ", v)));
    return new Asked(
        exchange.getRequestMethod(), exchange.getRequestURI().getPath(), parameters, headers, body);
  }

  private Map<String, Object> described() {
    Map<String, Object> found = new LinkedHashMap<>();
    found.put("issuer", origin());
    found.put("jwks_uri", origin() + "/auth/keys");
    found.put("authorization_endpoint", origin() + "/auth/authorize");
    found.put("token_endpoint", origin() + "/auth/token");
    found.put("revocation_endpoint", origin() + "/auth/revoke");
    found.put("grant_types_supported", List.of("authorization_code"));
    found.put("code_challenge_methods_supported", List.of("S256"));
    found.put(
        "capabilities",
        List.of(
            "launch-ehr",
            "client-public",
            "client-confidential-asymmetric",
            "sso-openid-connect",
            "context-ehr-patient",
            "permission-online",
            "permission-patient",
            "permission-v2"));
    return configuration.apply(found);
  }

  private void authorize(HttpExchange exchange, Asked request) throws IOException {
    Map<String, String> parameters = request.parameters();
    String back = parameters.get("redirect_uri");
    Map<String, String> answer = new LinkedHashMap<>(authorizationError);
    if (answer.isEmpty()) {
      boolean right =
          "code".equals(parameters.get("response_type"))
              && "S256".equals(parameters.get("code_challenge_method"))
              && iss().toString().equals(parameters.get("aud"))
              && launches.containsKey(parameters.getOrDefault("launch", ""))
              && !parameters.containsKey("repeated");
      if (right) {
        String code = "code-" + UUID.randomUUID();
        codes.put(code, new Code(Map.copyOf(parameters)));
        answer.put("code", code);
      } else {
        answer.put("error", "invalid_request");
      }
    }
    answer.put("state", parameters.get("state"));
    StringBuilder address = new StringBuilder(back);
    char mark = '?';
    for (Map.Entry<String, String> each : answer.entrySet()) {
      address.append(mark).append(each.getKey()).append('=').append(encoded(each.getValue()));
      mark = '&';
    }
    exchange.getResponseHeaders().set("Location", address.toString());
    exchange.sendResponseHeaders(303, -1);
  }

  private void token(HttpExchange exchange, Asked request) throws IOException {
    pause();
    Map<String, String> parameters = request.parameters();
    String error = clientError(parameters);
    Map<String, String> begun = null;
    if (error == null && "authorization_code".equals(parameters.get("grant_type"))) {
      Code code = codes.remove(parameters.getOrDefault("code", ""));
      if (code == null
          || !code.request().get("redirect_uri").equals(parameters.get("redirect_uri"))
          || !code.request()
              .get("code_challenge")
              .equals(challenge(parameters.getOrDefault("code_verifier", "")))) {
        error = "invalid_grant";
      } else {
        begun = code.request();
      }
    } else if (error == null) {
      String given = parameters.getOrDefault("refresh_token", "");
      begun = rotating ? refreshTokens.remove(given) : refreshTokens.get(given);
      if (begun == null) {
        error = "invalid_grant";
      }
      error = refreshError == null ? error : refreshError;
    }
    if (error != null) {
      int status = error.matches("\\d{3}") ? Integer.parseInt(error) : 400;
      json(exchange, status, Map.of("error", error, "error_description", "no"));
      return;
    }
    json(
        exchange,
        200,
        tokenResponse.apply(tokens(begun, "refresh_token".equals(parameters.get("grant_type")))));
  }

  private Map<String, Object> tokens(Map<String, String> begun, boolean renewal) {
    int count = number.incrementAndGet();
    String access = "secret-access-" + count;
    String scope = granted.apply(begun.get("scope"));
    Map<String, Object> context = launches.get(begun.get("launch"));
    accessTokens.put(access, new Access(scope, String.valueOf(context.get("patient"))));
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("access_token", access);
    answer.put("token_type", "bearer");
    answer.put("expires_in", expiresIn);
    answer.put("scope", scope);
    if (Arrays.asList(scope.split(" ")).contains("online_access") && (!renewal || rotating)) {
      String refresh = "secret-refresh-" + count;
      refreshTokens.put(refresh, begun);
      answer.put("refresh_token", refresh);
    }
    answer.putAll(context);
    if (!renewal && Arrays.asList(scope.split(" ")).contains("openid")) {
      answer.put("id_token", identity(begun));
    }
    return answer;
  }

  private String identity(Map<String, String> begun) {
    long now = System.currentTimeMillis();
    JWTClaimsSet.Builder claims =
        new JWTClaimsSet.Builder()
            .issuer(origin())
            .subject("user-1")
            .audience(begun.get("client_id"))
            .issueTime(new Date(now))
            .expirationTime(new Date(now + 300_000))
            .claim("nonce", begun.get("nonce"))
            .claim("fhirUser", "Practitioner/lege-1");
    idToken.accept(claims);
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(idTokenKey.getKeyID()).build(),
            claims.build());
    try {
      jwt.sign(new RSASSASigner(idTokenKey));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
    return jwt.serialize();
  }

  /** Null if the client has shown who it is, or is public. */
  private String clientError(Map<String, String> parameters) {
    String assertion = parameters.get("client_assertion");
    if (clientKeys == null) {
      return assertion == null && parameters.containsKey("client_id") ? null : "invalid_client";
    }
    try {
      SignedJWT jwt = SignedJWT.parse(assertion == null ? "" : assertion);
      JWTClaimsSet claims = jwt.getJWTClaimsSet();
      JWK key =
          JWKSet.load(clientKeys.toURL()).getKeyByKeyId(String.valueOf(jwt.getHeader().getKeyID()));
      boolean signed =
          key instanceof RSAKey rsa
              ? jwt.verify(new RSASSAVerifier(rsa))
              : jwt.verify(new ECDSAVerifier(key.toECKey()));
      boolean right =
          signed
              && "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
                  .equals(parameters.get("client_assertion_type"))
              && claims.getIssuer().equals(claims.getSubject())
              && claims.getAudience().equals(List.of(origin() + "/auth/token"))
              && claims.getExpirationTime().getTime() > System.currentTimeMillis()
              && claims.getExpirationTime().getTime() <= System.currentTimeMillis() + 300_000
              && assertions.add(claims.getJWTID());
      return right ? null : "invalid_client";
    } catch (ParseException | JOSEException | IOException | RuntimeException e) {
      return "invalid_client";
    }
  }

  private void revoke(HttpExchange exchange, Asked request) throws IOException {
    if (clientError(request.parameters()) == null) {
      accessTokens.remove(request.parameters().get("token"));
      refreshTokens.remove(request.parameters().get("token"));
    }
    exchange.sendResponseHeaders(200, -1);
  }

  private static boolean isTransaction(Asked request) {
    return request.method().equals("POST") && request.path().matches("/fhir/r4/?");
  }

  private void fhir(HttpExchange exchange, Asked request) throws IOException, InterruptedException {
    pause();
    if (isTransaction(request) && tokensEndAtWrite.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      expireTokens();
    }
    Access access = accessTokens.get(request.header("Authorization").replaceFirst("^Bearer ", ""));
    if (access == null) {
      outcome(exchange, 401, "login");
      return;
    }
    if (isTransaction(request)) {
      write(exchange, request, access);
      return;
    }
    if (!request.method().equals("GET")) {
      outcome(exchange, 405, "not-supported");
      return;
    }
    String[] parts = request.path().replaceFirst("^/fhir/r4/", "").split("/");
    if (denied.contains(parts[0])) {
      outcome(exchange, 403, "forbidden");
      return;
    }
    List<JsonNode> found =
        all()
            .filter(each -> text(each, "resourceType").equals(parts[0]))
            .map(each -> JSON.readTree(written.apply(each.toString())))
            .toList();
    if (parts.length == 2) {
      Optional<JsonNode> one =
          found.stream().filter(each -> text(each, "id").equals(parts[1])).findFirst();
      if (one.isPresent()) {
        json(exchange, 200, one.get());
      } else {
        outcome(exchange, 404, "not-found");
      }
      return;
    }
    json(exchange, 200, page(search(found, request.parameters()), request));
  }

  private Stream<JsonNode> all() {
    return Stream.concat(resources.stream(), stored.stream());
  }

  private void write(HttpExchange exchange, Asked request, Access access)
      throws IOException, InterruptedException {
    WriteEnd end = writeEnd;
    Map<String, Object> answer = Map.of();
    try {
      if (end.taken()) {
        answer = transaction(JSON.readTree(request.body()), access);
      }
    } catch (RefusedException e) {
      outcome(exchange, e.status, "processing", String.valueOf(e.getMessage()));
      return;
    }
    if (end.status() == 0) {
      behaves.await(60, TimeUnit.SECONDS);
    } else if (end.status() == 200) {
      json(exchange, 200, answer);
    } else {
      outcome(exchange, end.status(), "processing", "told to <b>" + end.status() + "</b>");
    }
  }

  /** All or nothing; an entry that names what must not exist is created once. */
  private synchronized Map<String, Object> transaction(JsonNode bundle, Access access)
      throws RefusedException {
    if (!text(bundle, "resourceType").equals("Bundle")
        || !text(bundle, "type").equals("transaction")) {
      throw new RefusedException(400, "not a transaction");
    }
    List<JsonNode> created = new ArrayList<>();
    List<Map<String, Object>> answers = new ArrayList<>();
    Map<String, String> addresses = new LinkedHashMap<>();
    for (JsonNode entry : bundle.path("entry")) {
      JsonNode resource = entry.path("resource");
      String type = text(resource, "resourceType");
      check(entry, access, addresses);
      List<JsonNode> same = alreadyThere(type, text(entry.path("request"), "ifNoneExist"));
      if (same.size() > 1) {
        throw new RefusedException(412, "more than one exists");
      }
      String id = same.isEmpty() ? "stored-" + number.incrementAndGet() : text(same.get(0), "id");
      addresses.put(text(entry, "fullUrl"), type + "/" + id);
      Map<String, Object> response = new LinkedHashMap<>();
      response.put("status", same.isEmpty() ? "201 Created" : "200 OK");
      response.put("location", type + "/" + id + "/_history/1");
      answers.add(Map.of("response", response));
      if (same.isEmpty()) {
        ObjectNode kept = ((ObjectNode) resource).deepCopy();
        kept.put("id", id);
        kept.putObject("meta").put("lastUpdated", Instant.now().toString());
        created.add(kept);
      }
    }
    for (JsonNode each : created) {
      String text = each.toString();
      for (Map.Entry<String, String> address : addresses.entrySet()) {
        text = text.replace('"' + address.getKey() + '"', '"' + address.getValue() + '"');
      }
      stored.add(JSON.readTree(text));
    }
    return Map.of("resourceType", "Bundle", "type", "transaction-response", "entry", answers);
  }

  private void check(JsonNode entry, Access access, Map<String, String> addresses)
      throws RefusedException {
    JsonNode resource = entry.path("resource");
    String type = text(resource, "resourceType");
    String address = text(entry, "fullUrl");
    if (!text(entry.path("request"), "method").equals("POST")
        || !text(entry.path("request"), "url").equals(type)
        || !address.startsWith("urn:uuid:")
        || addresses.containsKey(address)
        || resource.has("id")) {
      throw new RefusedException(400, "not a new resource");
    }
    if (denied.contains(type) || !Scopes.of(access.scope()).canWrite(type)) {
      throw new RefusedException(403, type + " may not be written");
    }
    if (!text(resource.path("subject"), "reference").equals("Patient/" + access.patient())) {
      throw new RefusedException(403, "of another patient");
    }
  }

  private List<JsonNode> alreadyThere(String type, String ifNoneExist) throws RefusedException {
    if (ifNoneExist.isEmpty()) {
      return List.of();
    }
    String[] parts = ifNoneExist.split("[=|]");
    if (parts.length != 3 || !parts[0].equals("identifier")) {
      throw new RefusedException(400, "not understood: " + ifNoneExist);
    }
    return all()
        .filter(each -> text(each, "resourceType").equals(type))
        .filter(
            each ->
                identifiers(each)
                    .anyMatch(
                        one ->
                            text(one, "system").equals(parts[1])
                                && text(one, "value").equals(parts[2])))
        .toList();
  }

  private static Stream<JsonNode> identifiers(JsonNode resource) {
    JsonNode found = resource.path("identifier");
    return found.isArray() ? found.valueStream() : Stream.of(found);
  }

  private static List<JsonNode> search(List<JsonNode> all, Map<String, String> parameters) {
    String patient = parameters.getOrDefault("patient", parameters.getOrDefault("subject", ""));
    String subject = "Patient/" + patient.replaceFirst("^Patient/", "");
    Set<String> codes =
        new TreeSet<>(Arrays.asList(parameters.getOrDefault("code", "").split(",")));
    codes.remove("");
    List<JsonNode> found = new ArrayList<>();
    for (JsonNode each : all) {
      String reference = each.path("subject").path("reference").asString("");
      if (reference.isEmpty()) {
        reference = each.path("patient").path("reference").asString("");
      }
      if (reference.equals(subject) && (codes.isEmpty() || hasCode(each, codes))) {
        found.add(each);
      }
    }
    if (parameters.getOrDefault("_sort", "").startsWith("-")) {
      found.sort(Comparator.comparing(FakeEhr::date).reversed());
    }
    return found;
  }

  private static boolean hasCode(JsonNode resource, Set<String> codes) {
    for (String element : List.of("code", "medicationCodeableConcept", "vaccineCode")) {
      for (JsonNode coding : resource.path(element).path("coding")) {
        if (codes.contains(text(coding, "code"))
            || codes.contains(text(coding, "system") + "|" + text(coding, "code"))) {
          return true;
        }
      }
    }
    return false;
  }

  private static String date(JsonNode resource) {
    return DATES.stream()
        .map(name -> text(resource, name))
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElse("");
  }

  private Map<String, Object> page(List<JsonNode> found, Asked request) {
    int from = Integer.parseInt(request.parameters().getOrDefault("_page", "0")) * pageSize;
    List<JsonNode> shown =
        found.subList(Math.min(from, found.size()), Math.min(from + pageSize, found.size()));
    List<Map<String, String>> links = new ArrayList<>();
    boolean more = from + pageSize < found.size();
    if (more || foreignPage != null) {
      Map<String, String> next = new LinkedHashMap<>(request.parameters());
      next.put("_page", Integer.toString(from / pageSize + 1));
      StringBuilder address = new StringBuilder(origin() + request.path());
      char mark = '?';
      for (Map.Entry<String, String> each : next.entrySet()) {
        address.append(mark).append(each.getKey()).append('=').append(encoded(each.getValue()));
        mark = '&';
      }
      links.add(
          Map.of(
              "relation", "next", "url", foreignPage == null ? address.toString() : foreignPage));
    }
    Map<String, Object> bundle = new LinkedHashMap<>();
    bundle.put("resourceType", "Bundle");
    bundle.put("type", "searchset");
    bundle.put("total", found.size());
    bundle.put("link", links);
    bundle.put("entry", shown.stream().map(each -> Map.of("resource", each)).toList());
    return bundle;
  }

  private static void outcome(HttpExchange exchange, int status, String code) throws IOException {
    outcome(exchange, status, code, code);
  }

  private static void outcome(HttpExchange exchange, int status, String code, String diagnostics)
      throws IOException {
    json(
        exchange,
        status,
        Map.of(
            "resourceType",
            "OperationOutcome",
            "issue",
            List.of(Map.of("severity", "error", "code", code, "diagnostics", diagnostics))));
  }

  private static void json(HttpExchange exchange, int status, Object body) throws IOException {
    byte[] bytes = JSON.writeValueAsBytes(body);
    exchange.getResponseHeaders().set("Content-Type", "application/json;charset=UTF-8");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private void pause() {
    try {
      Thread.sleep(delay.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String challenge(String verifier) {
    try {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(
              MessageDigest.getInstance("SHA-256")
                  .digest(verifier.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String text(JsonNode node, String name) {
    return node.path(name).asString("");
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
